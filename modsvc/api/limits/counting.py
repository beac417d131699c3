"""How many texts each key has sent, in Redis or in this process.

In: a key, its limits, and how many texts it sends now. Out: what is left under each limit. The
counting is the library's (`limits`): windows that begin with the first text and hold a fixed
time. When Redis cannot be asked this process counts for itself, says so, and asks again after a
moment: a limit is then one for each process, and no request fails, waits for long, or passes
uncounted for it.
"""

import logging
import math
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

from modsvc import redis_pools

logger = logging.getLogger(__name__)

Name = Literal["rate", "quota"]

#: Seconds that Redis has to answer.
ANSWER_S: Final = 0.5

#: Redis tells whole seconds, to the nearest.
_ROUNDED_S: Final = 0.5

_PREFIX: Final = "modsvc"


class Limit(NamedTuple):
    """At most so many texts a minute (`rate`) or a day (`quota`)."""

    name: Name
    texts: int

    @property
    def window_s(self) -> int:
        """Seconds that the limit is for."""
        return _item(self).get_expiry()


class Left(NamedTuple):
    """What is left under a limit, and in how many seconds all of it is there again."""

    limit: Limit
    texts: int
    reset_s: int


class Counted(NamedTuple):
    """What is left under each limit; `refused` by the one that had too little left."""

    left: list[Left]
    refused: Left | None


class Counters:
    """Counts; `on_fallback` is told each time that this process counts in Redis' place."""

    def __init__(self, url: str | None, on_fallback: Callable[[], None]) -> None:
        """Raises StoreUnavailable without the driver."""
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._pool = (
            None if url is None else redis_pools.for_loop(url, "MODSVC_LIMITS_URL", ANSWER_S)
        )
        self._shared = None if url is None else _limiter(f"async+{url}", self._pool)
        self._on_fallback = on_fallback
        self._silence = redis_pools.Silence(
            logger, gone="limits_count_alone", back="limits_count_together"
        )

    async def take(self, key: str, limits: Sequence[Limit], texts: int) -> Counted:
        """Count `texts` texts under all of the limits, or, where one refuses them, under none."""
        if self._shared is None:
            return await _take(self._own, key, limits, texts)
        if not self._silence.holds():
            try:
                counted = await _take(self._shared, key, limits, texts)
            except Exception as error:
                self._silence.begin(error)
            else:
                self._silence.end()
                return counted
        self._on_fallback()
        return await _take(self._own, key, limits, texts)

    async def close(self) -> None:
        """Let Redis go."""
        if self._pool is not None:
            await self._pool.disconnect()


async def _take(
    limiter: FixedWindowRateLimiter, key: str, limits: Sequence[Limit], texts: int
) -> Counted:
    left = [await _left(limiter, limit, key) for limit in limits]
    # Looked at first, so that what one limit refuses costs nothing under the other.
    refusing = [one for one in left if one.texts < texts]
    if not refusing:
        # Another process may have been quicker, and then it is refused all the same.
        hits = [await limiter.hit(_item(one.limit), key, cost=texts) for one in left]
        refusing = [one for one, hit in zip(left, hits, strict=True) if not hit]
        left = [one._replace(texts=one.texts - texts) for one in left]
    return Counted(left, max(refusing, key=lambda one: one.reset_s, default=None))


async def _left(limiter: FixedWindowRateLimiter, limit: Limit, key: str) -> Left:
    item, now = _item(limit), time.time()
    stats = await limiter.get_window_stats(item, key)
    reset_s = stats.reset_time - now
    if reset_s > limit.window_s + 1:
        # The clock was put back, and the window would last longer than it may.
        await limiter.clear(item, key)
        return Left(limit, limit.texts, limit.window_s)
    if reset_s <= 0 or stats.remaining == limit.texts:
        return Left(limit, limit.texts, limit.window_s)
    return Left(limit, max(0, stats.remaining), math.ceil(reset_s + _ROUNDED_S))


@cache
def _item(limit: Limit) -> RateLimitItem:
    kind = RateLimitItemPerMinute if limit.name == "rate" else RateLimitItemPerDay
    return kind(limit.texts, namespace=limit.name)


def _limiter(url: str, pool: Any) -> FixedWindowRateLimiter:
    storage = RedisStorage(url, implementation="redispy", key_prefix=_PREFIX, connection_pool=pool)
    return FixedWindowRateLimiter(storage)
