"""The end of a worker, as everyone who might wait hears of it.

In: that it is to end, by a signal or because of an error. Out: pauses that end then. What is
done at the end is left to `modsvc.streams.worker`.
"""

import asyncio


class Stopped(Exception):
    """The worker ends: whoever waits lets go, and the broker gives the message to another."""


class Stopping:
    """To be made on the loop of those who wait."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.error: Exception | None = None

    @property
    def begun(self) -> bool:
        """Whether the end has come."""
        return self._event.is_set()

    def begin(self, error: Exception | None = None) -> None:
        """Let the worker end, because of `error` if there is one; the first one counts."""
        if not self._event.is_set():
            self.error = error
            self._event.set()

    async def wait(self) -> None:
        """Until the end comes."""
        await self._event.wait()

    async def pause(self, seconds: float) -> None:
        """Wait so long. Raises Stopped when the end comes meanwhile, or has come."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return
        raise Stopped
