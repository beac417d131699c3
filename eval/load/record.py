"""What is in the service's database, read past the service's own code.

In: its URL. Out: plain rows of the tables that a load touches; times are aware.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

_COLUMNS: Final = {
    "content": ("id", "community", "content_id", "version"),
    "decision": ("id", "content", "action"),
    "item": ("id", "content", "kind", "state", "lease_owner", "lease_until", "resolution"),
    "event": ("seq", "at", "kind", "content", "item", "actor", "data"),
    "outbox": ("id", "kind", "payload", "attempts", "next_attempt_at", "delivered_at"),
}
_MOMENTS: Final = {"at", "lease_until", "next_attempt_at", "delivered_at"}
_JSON: Final = {"data", "payload"}


class Content(NamedTuple):
    """One version of a text."""

    id: str
    community: str
    content_id: str
    version: int


class Decision(NamedTuple):
    """What was decided about it."""

    id: str
    content: str
    action: str


class Item(NamedTuple):
    """What is to be reviewed, and by whom at the moment."""

    id: str
    content: str | None
    kind: str
    state: str
    lease_owner: str | None
    lease_until: datetime | None
    resolution: str | None


class Event(NamedTuple):
    """What happened."""

    seq: int
    at: datetime
    kind: str
    content: str | None
    item: str | None
    actor: str
    data: dict[str, Any]


class Message(NamedTuple):
    """What a webhook is to be told."""

    id: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    """All of it, as of one moment; events in their order."""

    contents: list[Content]
    decisions: list[Decision]
    items: list[Item]
    events: list[Event]
    messages: list[Message]


def open_engine(url: str) -> Engine:
    """The database, to be read."""
    backend, rest = url.split("://", 1)
    known = backend.partition("+")[0]
    return create_engine(f"{'sqlite' if known == 'sqlite' else 'postgresql+psycopg'}://{rest}")


def read_record(engine: Engine) -> Record:
    """Everything."""
    with engine.connect() as connection:
        return Record(
            [Content(*row) for row in _rows(connection, "content", "id")],
            [Decision(*row) for row in _rows(connection, "decision", "id")],
            [Item(*row) for row in _rows(connection, "item", "id")],
            [Event(*row) for row in _rows(connection, "event", "seq")],
            [Message(*row) for row in _rows(connection, "outbox", "id")],
        )


def waiting(engine: Engine) -> int:
    """Messages that were not delivered yet."""
    return _count(engine, "SELECT count(*) FROM outbox WHERE next_attempt_at IS NOT NULL")


def undecided(engine: Engine) -> int:
    """Texts that wait to be decided on."""
    return _count(engine, "SELECT count(*) FROM waiting")


def is_empty(engine: Engine) -> bool:
    """Whether no text was ever sent to it."""
    try:
        return _count(engine, "SELECT count(*) FROM content") == 0
    except DBAPIError:
        # Without tables it is as empty as can be.
        return True


def _count(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        count: int = connection.execute(text(query)).scalar_one()
    return count


def _rows(connection: Connection, table: str, order: str) -> Iterator[list[Any]]:
    names = _COLUMNS[table]
    query = text(f"SELECT {', '.join(names)} FROM {table} ORDER BY {order}")
    for row in connection.execute(query):
        yield [_value(name, value) for name, value in zip(names, row, strict=True)]


def _value(name: str, value: Any) -> Any:
    """A value as PostgreSQL's driver gives it: SQLite knows neither times nor JSON."""
    if isinstance(value, str) and name in _JSON:
        return json.loads(value)
    if isinstance(value, str) and name in _MOMENTS:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value
