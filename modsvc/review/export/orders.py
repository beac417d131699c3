"""Who takes what out of the house: an order, its event, and the file.

In: what somebody asks for. Out: an event that says so, to be committed first, then the file in
parts. Who may ask is left to the desk and the command line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from modsvc.review.export import files
from modsvc.review.export.files import Columns, Format
from modsvc.review.export.records import DECISION_COLUMNS, EVENT_COLUMNS, decisions, event_log
from modsvc.review.export.training import TRAINING_COLUMNS, training_rows
from modsvc.store import events
from modsvc.store.database import Database
from modsvc.store.tables import Event

What = Literal["decisions", "events", "reviews"]

TAKEN: Final = "export.taken"

_COLUMNS: Final[dict[What, Columns]] = {
    "decisions": DECISION_COLUMNS,
    "events": EVENT_COLUMNS,
    "reviews": TRAINING_COLUMNS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Decisions, events or reviews of a time (`until` excluded), as a file.

    `community` does not bear on events, `with_text` on nothing but decisions: events have no
    texts, and reviews are nothing without.
    """

    what: What
    since: datetime
    until: datetime
    fmt: Format
    community: str | None = None
    with_text: bool = False

    @property
    def file_name(self) -> str:
        """Such as `decisions-2026-11-01-2026-12-01.csv`."""
        return f"{self.what}-{self.since:%Y-%m-%d}-{self.until:%Y-%m-%d}.{self.fmt}"


def note(session: Session, order: Order, *, actor: str) -> Event:
    """Record that somebody takes this. Raises InputError when it cannot be written."""
    files.check(order.fmt)
    data = {
        "what": order.what,
        "since": order.since.isoformat(),
        "until": order.until.isoformat(),
        "format": order.fmt,
        "community": order.community,
        "texts": order.with_text or order.what == "reviews",
    }
    return events.append(session, TAKEN, actor=actor, data=data)


def parts(database: Database, order: Order, *, kept_days: int) -> Iterator[bytes]:
    """The file, part by part, as of one moment.

    Reviews leave out texts that came more than `kept_days` ago and should be gone. The database
    is read until all of it is taken, or the iterator is dropped.
    """
    with database.reading() as session:
        records = _records(session, order, kept_days)
        yield from files.parts(records, _COLUMNS[order.what], order.fmt)


def _records(session: Session, order: Order, kept_days: int) -> Iterator[dict[str, Any]]:
    if order.what == "events":
        return event_log(session, order.since, order.until)
    if order.what == "decisions":
        return decisions(
            session,
            order.since,
            order.until,
            community=order.community,
            with_text=order.with_text,
        )
    return training_rows(
        session,
        since=order.since,
        until=order.until,
        kept_days=kept_days,
        community=order.community,
    )
