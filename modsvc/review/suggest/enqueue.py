"""Suggestions → items that wait in the queue like any others.

In: suggestions and who takes them up. Out: first items about texts that nobody was asked about, and
blind second reviews of doubtful ones. The event that says so holds why; reviewers are not told. A
text stays as it was decided until somebody has looked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.review import second_review
from modsvc.review.asking import item_about
from modsvc.review.severity import severity
from modsvc.review.suggest.suggest import Suggestion
from modsvc.review.words import FLAGGED
from modsvc.store import events, items
from modsvc.store.tables import Content, Decision, Item

#: Where the event's `data` holds why a text was put into the queue although it was allowed.
SAMPLE: Final = "sample"


def enqueue(
    session: Session, suggestions: Sequence[Suggestion], *, actor: str, now: datetime
) -> list[Item]:
    """Make the items, in the session's transaction; those that came to nothing meanwhile are left.

    Erased texts come to nothing, and texts that somebody was asked about by now.
    """
    made = []
    for one in suggestions:
        item = _item(session, one, now)
        if item is not None:
            made.append(_announce(session, item, one.reason, actor))
    return made


def _item(session: Session, suggestion: Suggestion, now: datetime) -> Item | None:
    content = session.get(Content, suggestion.content)
    decision = session.get(Decision, suggestion.decision)
    if content is None or decision is None or content.text is None:
        return None
    if suggestion.review is not None:
        review = session.get(Item, suggestion.review)
        return None if review is None else second_review.ask(session, review)
    if _is_asked(session, content):
        return None
    item = item_about(content, decision, severity(decision))
    item.created_at = now
    session.add(item)
    return item


def _is_asked(session: Session, content: Content) -> bool:
    return session.scalar(select(Item.id).where(Item.content == content.id).limit(1)) is not None


def _announce(session: Session, item: Item, reason: str, actor: str) -> Item:
    session.flush()
    data = {
        "decision": item.decision,
        "severity": item.severity,
        SAMPLE: reason,
        **items.vouched(session, item),
    }
    events.append(session, FLAGGED, actor=actor, content=item.content, item=item.id, data=data)
    return item
