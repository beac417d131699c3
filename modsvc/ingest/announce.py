"""What webhooks are told, written in the transaction that makes it true.

In: a decision that was made, a content whose state people changed, or an appeal that ended. Out:
messages in the outbox. `announce_changed` and `announce_appeal` are the `OnChanged` and the
`OnAppeal` that `modsvc.review.resolve` takes.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from modsvc.ingest.rows import Made, first_item
from modsvc.review.outcome import Change, ContentState, state, state_of, text_of
from modsvc.store import outbox, wire
from modsvc.store.tables import Appeal, Decision


def announce_made(session: Session, made: Sequence[Made]) -> None:
    """Tell that new texts, or new versions of some, were decided on."""
    messages = []
    for one in made:
        holds = state(one.decision, [] if one.item is None else [one.item])
        messages.append((one.content.community, {"content": one.answer, **state_json(holds)}))
    outbox.announce(session, "decision.made", messages)


def announce_changed(session: Session, change: Change) -> None:
    """Tell that something else holds for a text now, because of people."""
    content = text_of(session, change.content)
    decision = session.get_one(Decision, change.after.decision)
    body = {
        "content": wire.content_json(content, decision, first_item(session, decision)),
        **state_json(change.after),
        "before": state_json(change.before),
        "reviewed": change.item,
    }
    outbox.announce(session, "decision.changed", [(content.community, body)])


def announce_appeal(session: Session, appeal: Appeal) -> None:
    """Tell how an appeal ended, also where that changes nothing; or that its end was undone."""
    content = text_of(session, appeal.content)
    holds = state_of(session, content.id)
    decision = session.get_one(Decision, holds.decision)
    body = {
        "content": wire.content_json(content, decision, first_item(session, decision)),
        **state_json(holds),
        "appeal": wire.appeal_json(appeal, content),
    }
    outbox.announce(session, "appeal.resolved", [(content.community, body)])


def state_json(holds: ContentState) -> dict[str, Any]:
    """What holds for a text now."""
    return {
        "action": holds.action,
        "status": holds.status,
        "categories": None if holds.categories is None else list(holds.categories),
    }
