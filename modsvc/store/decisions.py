"""What was decided: kept once, never changed, and anchored in the record of events.

In: a `Decision` about a stored content, within a write transaction. Out: its row, and a
`decided` event with the hash of all of it, so that `verify` notices a decision that was
altered or taken away. What to decide is left to the policy.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.store import events
from modsvc.store.columns import utc_text
from modsvc.store.events import SYSTEM, Happening
from modsvc.store.tables import Decision

DECIDED: Final = "decided"


def record(session: Session, decision: Decision, *, actor: str = SYSTEM) -> Decision:
    """Keep a decision and say so. Raises ChainBroken, ValueError on NaN."""
    record_all(session, [decision], actor=actor)
    return decision


def record_all(session: Session, decisions: Sequence[Decision], *, actor: str = SYSTEM) -> None:
    """Keep several decisions, in order and at a fraction of the cost; see `record`."""
    session.add_all(decisions)
    events.append_all(session, [_decided(decision, actor) for decision in decisions])


def latest(session: Session, content: str) -> Decision | None:
    """The last decision about one content version (its `Content.id`)."""
    query = select(Decision).where(Decision.content == content)
    return session.scalars(query.order_by(Decision.id.desc()).limit(1)).first()


def record_sha256(decision: Decision) -> str:
    """A hash of the whole row."""
    return events.sha256(events.canonical(_record(decision)))


def _decided(decision: Decision, actor: str) -> Happening:
    data = {
        "decision": decision.id,
        "action": decision.action,
        "record_sha256": record_sha256(decision),
    }
    return Happening(kind=DECIDED, actor=actor, content=decision.content, data=data)


def _record(decision: Decision) -> dict[str, Any]:
    fields = {column.name: getattr(decision, column.name) for column in Decision.__table__.columns}
    return {**fields, "decided_at": utc_text(decision.decided_at)}
