"""Redis as it is opened here: for the event loop, and for threads.

In: a URL, the setting that it comes from, and how long Redis has to answer. Out: connections that
are made when they are needed. What to do without an answer is left to who asks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from modsvc.errors import StoreUnavailable

if TYPE_CHECKING:
    from redis import Redis
    from redis.asyncio import ConnectionPool

#: Once, for connections that Redis closed since the last time.
_RETRIES: Final = 1


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
