"""What the tables' columns have in common: ids, times and words that every database can hold.

In: nothing. Out: `new_id`, `utcnow`, `utc_text`, `storable`, and the column types that `tables`
uses.
"""

import os
import re
import time
import uuid
from datetime import UTC, datetime
from typing import Any, overload

from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def new_id() -> str:
    """A UUID of version 7 as text: ids made later, by 250 ns or more, sort later."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = milliseconds << 80
    value |= 0x7 << 76
    # The fraction of the millisecond stands where RFC 9562 allows it, in the 12 bits after
    # the version, so that ids of one busy millisecond keep their order too.
    value |= (rest * 4096 // 1_000_000) << 64
    value |= 0b10 << 62
    value |= int.from_bytes(os.urandom(8), "big") >> 2
    return str(uuid.UUID(int=value))


def utcnow() -> datetime:
    """The time now, aware, in UTC, in microseconds."""
    return datetime.now(UTC)


@overload
def utc_text(moment: datetime) -> str: ...


@overload
def utc_text(moment: datetime | None) -> str | None: ...


def utc_text(moment: datetime | None) -> str | None:
    """A time as hashes and files have it: ISO 8601 in UTC, to the microsecond; None as it is."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def storable(text: str) -> str:
    """`text` with U+FFFD for what no database holds: NUL and lone surrogates."""
    return _UNSTORABLE.sub("�", text)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time; naive ones are refused, and what comes back is in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC, without the zone where the database has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone: use datetime.now(UTC)")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text that people wrote, made `storable` on its way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To the database: without what it cannot hold."""
        return None if value is None else storable(value)
