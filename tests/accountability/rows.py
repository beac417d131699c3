"""Days in the life of a platform, short: texts, decisions, reviews and appeals."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from modsvc.store import contents, decisions
from modsvc.store.contents import Draft
from modsvc.store.tables import Account, Appeal, Content, Decision, Item
from tests.store.rows import decision as made

#: The days on which everything here happens, unless told.
DAY = datetime(2026, 11, 3, 12, tzinfo=UTC)

REVIEWER = "00000000-0000-7000-8000-000000000001"


def reviewer(session: Session) -> str:
    """The id of somebody who reviews."""
    if session.get(Account, REVIEWER) is None:
        session.add(Account(id=REVIEWER, name="Ana", password_hash="", role="reviewer"))
        session.flush()
    return REVIEWER


def text(session: Session, content_id: str, **more: Any) -> Content:
    """A text that was written on the day before."""
    fields = {"text": "You hateword", "created_at": DAY - timedelta(days=1), **more}
    return contents.put(session, Draft(content_id=content_id, **fields), actor="key").content


def decide(session: Session, content: Content, **changed: Any) -> Decision:
    """A decision about it, by default to withhold it as a threat, a minute after the day's noon."""
    fields: dict[str, Any] = {
        "action": "withhold",
        "reason_codes": ["misogyny_withhold", "category_threats_withhold"],
        "decided_at": DAY + timedelta(minutes=1),
        **changed,
    }
    return decisions.record(session, made(content.id, **fields))


def review(
    session: Session, decision: Decision, resolution: str, *, hours: float = 1, **more: Any
) -> Item:
    """An item about a decision, resolved so many hours after the day's noon."""
    fields: dict[str, Any] = {
        "content": decision.content,
        "decision": decision.id,
        "language": decision.language,
        "severity": 1.0,
        "state": "resolved",
        "resolution": resolution,
        "resolved_by": reviewer(session),
        "resolved_at": DAY + timedelta(hours=hours),
        "created_at": DAY,
        **more,
    }
    item = Item(**fields)
    session.add(item)
    session.flush()
    return item


def appeal(session: Session, decision: Decision, outcome: str | None, **more: Any) -> Appeal:
    """An appeal two hours after the day's noon; one with an outcome ended an hour later."""
    fields: dict[str, Any] = {
        "content": decision.content,
        "item": None,
        "words": "It was about a film",
        "contact": "maria@forum.example",
        "state": "open" if outcome is None else "resolved",
        "outcome": outcome,
        "created_at": DAY + timedelta(hours=2),
        "resolved_at": None if outcome is None else DAY + timedelta(hours=3),
        **more,
    }
    made_now = Appeal(**fields)
    session.add(made_now)
    return made_now
