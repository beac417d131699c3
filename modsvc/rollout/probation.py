"""The time in which a model that answers may still have to give way to the one before.

In: both models and how long. Out: whether too many requests failed on the new one meanwhile, and
which of the two is not needed any more. Going back is left to `modsvc.rollout.swaps`.
"""

import threading
import time
from datetime import datetime, timedelta
from typing import Final

from modsvc.engine.running import Running
from modsvc.pipeline import Loaded
from modsvc.store.columns import utcnow

#: How often a model on probation is looked at, in seconds.
_LOOK_S: Final = 0.1


class Probation:
    """A model `now` that answers, what did `before` it, and `until` when that is kept."""

    def __init__(self, before: Loaded, now: Running, seconds: float) -> None:
        self.before = before
        self.now = now
        self.until: datetime = utcnow() + timedelta(seconds=seconds)
        # On a clock that nobody sets.
        self._deadline = time.monotonic() + seconds
        self._settled = threading.Event()
        self._went_back = False

    @property
    def loser(self) -> Running:
        """Of the two models, once it is over, the one that does not answer."""
        return self.now if self._went_back else self.before.running

    def settle(self, *, went_back: bool) -> None:
        """Let it be over."""
        self._went_back = went_back
        self._settled.set()

    def outlast(self, max_failures: int) -> int | None:
        """Wait until it is over; the number of failures once they are too many, else None."""
        while time.monotonic() < self._deadline and not self._settled.wait(_LOOK_S):
            failures = self.now.failures
            if failures > max_failures:
                return failures
        return None
