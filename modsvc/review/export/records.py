"""Decisions and events as records, for auditors and for other programs.

In: a stretch of time. Out: plain records, oldest first, read in batches. A decision's record
says what holds for its content now. Texts are left out unless they are asked for, and are None
once erased; events never had any.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.review.outcome import state
from modsvc.store.columns import utc_text
from modsvc.store.tables import Content, Decision, Event, Item

DECISION_COLUMNS: Final = {
    **dict.fromkeys(("decision", "content", "community", "content_id"), "string"),
    "version": "int64",
    **dict.fromkeys(("text_sha256", "text", "language"), "string"),
    "language_confidence": "float64",
    "supported": "bool",
    "truncated": "bool",
    "probability": "float64",
    "categories": "string",
    "toxic_other": "float64",
    **dict.fromkeys(("action", "reason_codes", "score_failed", "model_version"), "string"),
    **dict.fromkeys(("calibration_sha256", "policy_version"), "string"),
    **dict.fromkeys(("received_at", "decided_at", "current_action", "status"), "string"),
    **dict.fromkeys(("reviewed_at", "reviewed_categories"), "string"),
}

EVENT_COLUMNS: Final = {
    "seq": "int64",
    **dict.fromkeys(("id", "at", "kind", "content", "item", "actor"), "string"),
    **dict.fromkeys(("data", "prev_hash", "hash", "mac"), "string"),
}

_AT_ONCE: Final = 500


def decisions(
    session: Session,
    since: datetime,
    until: datetime,
    *,
    community: str | None = None,
    with_text: bool = False,
) -> Iterator[dict[str, Any]]:
    """Decisions of this time (`until` excluded), with the columns of `DECISION_COLUMNS`."""
    query = (
        select(Decision, Content)
        .join(Content, Content.id == Decision.content)
        .where(Decision.decided_at >= since, Decision.decided_at < until)
        .order_by(Decision.id)
        .limit(_AT_ONCE)
    )
    if community is not None:
        query = query.where(Content.community == community)
    after = ""
    while found := session.execute(query.where(Decision.id > after)).all():
        items: dict[str | None, list[Item]] = defaultdict(list)
        about = [content.id for _, content in found]
        for item in session.scalars(select(Item).where(Item.content.in_(about))):
            items[item.content].append(item)
        for decision, content in found:
            yield _decision(decision, content, items[content.id], with_text)
        after = found[-1][0].id


def event_log(
    session: Session, since: datetime | None = None, until: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """Events in their order, with the columns of `EVENT_COLUMNS`; all of them unless told."""
    query = select(Event).order_by(Event.seq).limit(_AT_ONCE)
    if since is not None:
        query = query.where(Event.at >= since)
    if until is not None:
        query = query.where(Event.at < until)
    after = 0
    while found := session.scalars(query.where(Event.seq > after)).all():
        for event in found:
            record = {name: getattr(event, name) for name in EVENT_COLUMNS}
            yield {**record, "at": utc_text(event.at)}
        after = found[-1].seq


def _decision(
    decision: Decision, content: Content, items: list[Item], with_text: bool
) -> dict[str, Any]:
    now = state(decision, items)
    reviewed = now.item is not None
    record: dict[str, Any] = {
        "decision": decision.id,
        "content": content.id,
        "community": content.community,
        "content_id": content.content_id,
        "version": content.version,
        "text_sha256": content.text_sha256,
        "text": content.text if with_text else None,
        "received_at": utc_text(content.received_at),
        "decided_at": utc_text(decision.decided_at),
        "current_action": now.action,
        "status": now.status,
        "reviewed_at": utc_text(now.at) if reviewed else None,
        "reviewed_categories": None if now.categories is None else list(now.categories),
    }
    return {
        name: record[name] if name in record else getattr(decision, name)
        for name in DECISION_COLUMNS
    }
