"""How many texts may wait to be decided on, and when there is room again.

In: how many come and go, and how many there are. Out: Overloaded for those that are too many, with
the time at which there will be room for them, as fast as texts were decided on of late. Several
services that share a database learn of each other's texts when they next look.
"""

import asyncio
import math
from datetime import datetime

from modsvc.engine.patience import Patience
from modsvc.errors import InputTooLarge, Overloaded
from modsvc.store.columns import utcnow
from modsvc.store.waiting import Line


class Room:
    """On one loop, but for the figures, which may be read anywhere.

    `arrived` is set when texts have come.
    """

    def __init__(self, most: int) -> None:
        """At most `most` texts wait."""
        self._most = most
        self._patience = Patience(math.inf, workers=1)
        self.waiting = 0
        self._since: datetime | None = None
        self.arrived = asyncio.Event()

    def enter(self, texts: int) -> None:
        """Take room for so many. Raises Overloaded, or InputTooLarge where there never will be."""
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
        self.waiting += texts

    def leave(self, texts: int, seconds: float | None = None) -> None:
        """Give the room of so many back, which were decided on in so many seconds, if they were."""
        self.waiting = max(0, self.waiting - texts)
        if seconds is not None and texts:
            self._patience.note(texts, seconds)

    def look(self, line: Line) -> None:
        """Note what waits in the database."""
        self.waiting, self._since = line

    @property
    def oldest_s(self) -> float:
        """For how long the first text has waited, as of the last look; 0 where none waits."""
        since = self._since
        return 0.0 if since is None else max(0.0, (utcnow() - since).total_seconds())
