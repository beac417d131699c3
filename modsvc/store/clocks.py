"""What a wall clock that jumps must not do: hold an item for days, silence a webhook, erase texts.

In: the wall clock, and one that only counts (`Clock`); an open database (`mend`). Out: by how much
the wall clock jumped; leases and waits that no clock going right can have made, ended. Deadlines
of requests are by the counting clock anyway.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import CursorResult, Update, and_, or_, select, update

from modsvc.store.columns import utcnow
from modsvc.store.database import Database
from modsvc.store.tables import Item, Outbox

#: A jump that summer time, leap seconds or a clock set by hand explain.
TOLERATED: Final = timedelta(hours=1)

#: By how much the clocks of services that share a database may differ.
_SKEW: Final = timedelta(minutes=1)

#: Goes on while the machine sleeps, where there is such a clock.
_COUNTING: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Mended(NamedTuple):
    """How many leases were ended, and how many messages made due."""

    items: int
    messages: int


class Clock:
    """By how much the wall clock has jumped since this was made."""

    def __init__(self) -> None:
        self._offset = self._now()

    def jump(self) -> timedelta:
        """Positive when it went forward."""
        return timedelta(seconds=self._now() - self._offset)

    @staticmethod
    def _now() -> float:
        return utcnow().timestamp() - time.clock_gettime(_COUNTING)


def mend(
    database: Database,
    *,
    lease: timedelta,
    waits: Sequence[timedelta],
    now: datetime | None = None,
) -> Mended:
    """End leases longer than `lease`, and let no message wait for longer than it may.

    `waits` has how long that is after no attempt, after one, and so on. What is longer was set by
    a clock that was ahead. Raises StoreUnavailable.
    """
    now = now or utcnow()
    held = (Item.state == "claimed", Item.lease_until > now + lease + _SKEW)
    put_off = or_(
        *(
            and_(Outbox.attempts == attempts, Outbox.next_attempt_at > now + wait + _SKEW)
            for attempts, wait in enumerate(waits)
        )
    )
    with database.reading() as session:
        none = not any(
            session.scalar(select(column).where(*where).limit(1))
            for column, where in ((Item.id, held), (Outbox.id, (put_off,)))
        )
    if none:
        return Mended(0, 0)
    with database.transaction() as session:

        def count(statement: Update) -> int:
            done = session.execute(statement)
            return done.rowcount if isinstance(done, CursorResult) else 0

        return Mended(
            count(update(Item).where(*held).values(lease_until=now)),
            count(update(Outbox).where(put_off).values(next_attempt_at=now)),
        )
