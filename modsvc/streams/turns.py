"""Messages about one text are handled in the order in which they came, all others at once.

In: keys. Out: blocks that wait until those before them with the same key have ended.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """On one loop; remembers nothing of keys that nobody waits for."""

    def __init__(self) -> None:
        self._last: dict[Hashable, asyncio.Event] = {}

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncIterator[None]:
        """Whoever came before with this key is done within this block."""
        before, mine = self._last.get(key), asyncio.Event()
        self._last[key] = mine
        try:
            if before is not None:
                await before.wait()
            yield
        finally:
            mine.set()
            if self._last.get(key) is mine:
                del self._last[key]
