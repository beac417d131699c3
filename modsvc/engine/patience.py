"""How long a text would wait, whether that is too long to let it in, and when it may come again.

In: how many texts went through the engine together and how long that took; how many wait. Out:
Overloaded, for who finds no room, and for who would wait longer than they should, or than their
deadline allows, although the queue has room: how many it holds says nothing about a machine that
has become slow. Room itself is left to `token_queue`.
"""

import time
from typing import Final

from modsvc.errors import Overloaded

_MEMORY: Final = 0.9

#: Nobody is told to stay away for longer ...
_LONGEST_S: Final = 60.0

#: ... and everybody for so long where nothing is known yet.
_UNKNOWN_S: Final = 1.0


class Patience:
    """What a queue's waits are like of late. Safe to share between threads."""

    def __init__(self, max_wait_s: float, workers: int) -> None:
        """`workers` batches are computed at a time."""
        self._max_wait_s = max_wait_s
        self._workers = workers
        self._seconds_each = 0.0
        self._promised_until = 0.0

    def note(self, texts: int, seconds: float) -> None:
        """Note that a batch of `texts` texts took `seconds`."""
        each = seconds / max(1, texts)
        before = self._seconds_each or each
        self._seconds_each = _MEMORY * before + (1 - _MEMORY) * each

    def check(self, waiting: int, arriving: int, deadline_s: float) -> None:
        """Raise Overloaded where `waiting` texts take longer than the `arriving` ones should wait.

        To be called from one thread, as is `refusal`.
        """
        if self._seconds(waiting) > min(self._max_wait_s, deadline_s):
            raise self.refusal(waiting, arriving)

    def refusal(self, waiting: int, arriving: int) -> Overloaded:
        """What `arriving` texts are told that are not let in behind `waiting` ones."""
        seconds = self.turn(waiting, arriving)
        return Overloaded(
            f"{waiting} texts are waiting already: try again in {seconds:.1f} s",
            retry_after_s=seconds,
        )

    def turn(self, behind: int, arriving: int) -> float:
        """In how many seconds `arriving` texts may come again, when `behind` ones are done.

        Each who is refused is told another time, one after the other as fast as texts are
        computed: if all came at once most would be refused again.
        """
        now = time.monotonic()
        first = now + (self._seconds(behind) or _UNKNOWN_S)
        turn = min(max(self._promised_until, first), now + _LONGEST_S)
        self._promised_until = turn + self._seconds(arriving)
        return turn - now

    def _seconds(self, texts: int) -> float:
        return texts * self._seconds_each / self._workers
