"""Redis as it is opened here, for the event loop and for threads, and as it is left alone.

In: a URL, the setting that it comes from, and how long Redis has to answer; then, how the asking
went. Out: connections that are made when they are needed, and whether to ask just now. What to do
without an answer is left to who asks.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from modsvc.errors import StoreUnavailable

if TYPE_CHECKING:
    from redis import Redis
    from redis.asyncio import ConnectionPool

#: Seconds for which Redis is not asked after it did not answer.
LEAVE_ALONE_S: Final = 5.0

#: Once, for connections that Redis closed since the last time.
_RETRIES: Final = 1


class Silence:
    """Whether Redis is silent: it is not asked for LEAVE_ALONE_S after it did not answer.

    Logs `gone` when that begins and `back` when it is over, however often it was asked between.
    Threads may share it.
    """

    def __init__(self, logger: logging.Logger, *, gone: str, back: str) -> None:
        self._logger = logger
        self._gone = gone
        self._back = back
        self._ask_from = 0.0
        self._is_down = False

    def holds(self) -> bool:
        """Whether to leave Redis alone."""
        return time.monotonic() < self._ask_from

    def begin(self, error: Exception) -> None:
        """Redis did not answer."""
        self._ask_from = time.monotonic() + LEAVE_ALONE_S
        if not self._is_down:
            # Its message may name the host and the user.
            self._logger.warning(self._gone + " error=%s", type(error).__name__)
        self._is_down = True

    def end(self) -> None:
        """Redis answered."""
        if self._is_down:
            self._is_down = False
            self._logger.warning(self._back)


def for_loop(url: str, setting: str, answer_s: float) -> "ConnectionPool":
    """A pool for coroutines. Raises StoreUnavailable without the driver."""
    with _needed_by(setting):
        from redis.asyncio import ConnectionPool
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    return ConnectionPool.from_url(url, retry=Retry(NoBackoff(), _RETRIES), **_within(answer_s))


def for_threads(url: str, setting: str, answer_s: float) -> "Redis":
    """A client for threads. Raises StoreUnavailable without the driver."""
    with _needed_by(setting):
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    return Redis.from_url(url, retry=Retry(NoBackoff(), _RETRIES), **_within(answer_s))


def _within(answer_s: float) -> dict[str, Any]:
    return {"socket_timeout": answer_s, "socket_connect_timeout": answer_s}


@contextmanager
def _needed_by(setting: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise StoreUnavailable(f"{setting} needs its driver: modsvc[redis].") from error
