"""How many texts may wait to be decided on, and when there is room again.

In: how many come and go, and how many there are. Out: Overloaded for those that are too many, with
the time at which there will be room for them, as fast as texts were decided on of late. Several
services that share a database learn of each other's texts when they next look.
"""

import asyncio
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from modsvc.engine.patience import Patience
from modsvc.errors import InputTooLarge, Overloaded
from modsvc.store.columns import utcnow
from modsvc.store.waiting import Line


class Room:
    """On one loop, but for the figures, which may be read anywhere.

    `arrived` is set when texts have come, and by each look that finds some.
    """

    def __init__(self, most: int) -> None:
        """At most `most` texts wait."""
        self._most = most
        self._patience = Patience(math.inf, workers=1)
        self.waiting = 0
        self._coming = 0
        self._unseen = 0
        self._leavings = 0
        self._since: datetime | None = None
        self.arrived = asyncio.Event()

    @contextmanager
    def entering(self, texts: int) -> Iterator[None]:
        """Room for so many, which the block commits; given back where that fails.

        Raises Overloaded, or InputTooLarge where there never will be.
        """
        self._check(texts)
        self.waiting += texts
        self._coming += texts
        self._unseen += texts
        try:
            yield
        except BaseException:
            self.leave(texts)
            self._unseen -= texts
            raise
        finally:
            self._coming -= texts
        self.arrived.set()

    def leave(self, texts: int, seconds: float | None = None) -> None:
        """Give the room of so many back, which were decided on in so many seconds, if they were."""
        self.waiting = max(0, self.waiting - texts)
        self._leavings += 1
        if seconds is not None and texts:
            self._patience.note(texts, seconds)

    async def look(self, read: Callable[[], Line]) -> None:
        """Note what waits in the database, which `read` tells on a thread; one look at a time."""
        # Whatever is on its way from now on may be missing there, even if it is kept by then. What
        # was kept a moment ago may count twice until the next look, which is the safe side.
        self._unseen, leavings = self._coming, self._leavings
        line = await asyncio.to_thread(read)
        self._since = line.since
        # Those who left meanwhile may be among those who were seen: the next look will tell.
        if leavings == self._leavings:
            self.waiting = line.texts + self._unseen
        if line.texts:
            self.arrived.set()

    @property
    def oldest_s(self) -> float:
        """For how long the first text has waited, as of the last look; 0 where none waits."""
        since = self._since
        return 0.0 if since is None else max(0.0, (utcnow() - since).total_seconds())

    def _check(self, texts: int) -> None:
        if texts > self._most:
            raise InputTooLarge(f"at most {self._most} texts may wait, not {texts}: send fewer")
        over = self.waiting + texts - self._most
        if over > 0:
            seconds = self._patience.turn(over, texts)
            raise Overloaded(
                f"{self.waiting} texts wait for their decisions already: try again in "
                f"{seconds:.1f} s",
                retry_after_s=seconds,
            )
