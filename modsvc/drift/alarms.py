"""Alarms on record: events of the chain, told once a day, never with a word of anybody's.

In: alarms of a watch, within a write transaction. Out: events, and from them `Raised`, for
metrics and the desk. When an alarm is due is left to `modsvc.drift.watch`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.drift.signals import Alarm
from modsvc.store import events
from modsvc.store.columns import utcnow
from modsvc.store.events import SYSTEM, Happening
from modsvc.store.tables import Event

#: The kind of the events; an index of the table `event` has only these.
RAISED: Final = "drift_alarm"

#: For so long an alarm stands, and the same one is not told again.
STANDS: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that was told: a signal of a language moved from `before` to `after` at `at`.

    `content` is the text with which that was clear, `seen` how many of the language's texts the
    watch had seen, `word` the keyed digest of the new word, where it was one.
    """

    at: datetime
    language: str
    signal: str
    before: float
    after: float
    seen: int
    content: str | None
    word: str | None


def tell(session: Session, alarms: Sequence[Alarm]) -> list[Alarm]:
    """Put alarms on record, but for those that stand already; those that were put there."""
    if not alarms:
        return []
    now = utcnow()
    standing = {_name(one) for one in between(session, now - STANDS, now)}
    fresh: dict[tuple[str, str, str | None], Alarm] = {}
    for alarm in alarms:
        if _name(alarm) not in standing:
            fresh.setdefault(_name(alarm), alarm)
    events.append_all(session, [_happening(alarm) for alarm in fresh.values()])
    return list(fresh.values())


def between(session: Session, since: datetime, until: datetime) -> list[Raised]:
    """The alarms of a time, in order; `until` is excluded."""
    query = select(Event).where(Event.kind == RAISED, Event.at >= since, Event.at < until)
    return [_raised(event) for event in session.scalars(query.order_by(Event.seq))]


def _happening(alarm: Alarm) -> Happening:
    data: dict[str, Any] = {
        "language": alarm.language,
        "signal": alarm.signal,
        "before": round(alarm.move.before, 6),
        "after": round(alarm.move.after, 6),
        "seen": alarm.seen,
        "word": alarm.word,
    }
    return Happening(kind=RAISED, actor=SYSTEM, content=alarm.sight.content, data=data)


def _raised(event: Event) -> Raised:
    return Raised(at=event.at, content=event.content, **event.data)


def _name(alarm: Alarm | Raised) -> tuple[str, str, str | None]:
    return alarm.language, alarm.signal, alarm.word
