"""A lock that is given in the order in which it was asked for.

In: threads that want to go first. Out: one at a time. SQLite gives its lock to whoever happens to
ask when it is free, hence to a thread that writes without a pause, and others wait for ever.
"""

import threading
from collections import deque


class Turns:
    """Safe to share by threads; whoever has a turn must not ask for another one."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for one's turn; whether it came in time, and has to be given back."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=seconds):
            return True
        with self._guard:
            # It may have come at the last moment.
            if mine not in self._waiting:
                return True
            self._waiting.remove(mine)
        return False

    def give(self) -> None:
        """Let the one go who has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
