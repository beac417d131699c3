"""Trying again: when, how often, and when no more.

In: a request that may be repeated, which all of this client's may: those that read, erase or
score change nothing the second time, and contents are sent with an `Idempotency-Key`. Out: steps
for a driver (`synchronous`, `asynchronous`), which waits, sends, and hands the reply back in;
in the end the answer that counts, or Unreachable.
"""

import random
import time
from collections.abc import Generator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from modsvc.client.errors import Unreachable

#: What may pass by itself; anything else would be answered the same again.
PASSING: Final = frozenset({429, 502, 503, 504})

FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 10.0

_RANDOM: Final = random.SystemRandom()


class Request(NamedTuple):
    """What is sent. `path` has its query, `prefer` is as in RFC 7240."""

    method: str
    path: str
    body: bytes | None = None
    idempotency_key: str | None = None
    prefer: str | None = None


class Attempt(NamedTuple):
    """What a driver does: wait, then send, and give up after `timeout_s`."""

    request: Request
    wait_s: float
    timeout_s: float


class Answer(NamedTuple):
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Failure(NamedTuple):
    """Why nothing came back."""

    error: Exception
    passing: bool


class Limits(NamedTuple):
    """Seconds for a request with all of its attempts, and for one of them."""

    total_s: float
    attempt_s: float


Exchange = Generator[Attempt, Answer | Failure, Answer]


def exchange(request: Request, limits: Limits) -> Exchange:
    """Send until there is an answer that counts, or the time is over.

    Returns the last answer, whatever its status. Raises Unreachable when there was none.
    """
    give_up, wait, number = time.monotonic() + limits.total_s, 0.0, 0
    while True:
        left = give_up - time.monotonic() - wait
        reply = yield Attempt(request, wait, min(left, limits.attempt_s))
        wait, number = wait_after(number, reply), number + 1
        if not _passing(reply) or time.monotonic() + wait >= give_up:
            break
    if isinstance(reply, Failure):
        raise Unreachable(
            f"No answer in {number} attempt{'s' * (number > 1)} "
            f"({type(reply.error).__name__}): see whether the service runs at this address."
        ) from reply.error
    return reply


def wait_after(number: int, reply: Answer | Failure) -> float:
    """Seconds until the next attempt after the `number`-th, counted from 0.

    Twice as long each time, up to ten seconds, and half of it by chance, so that clients that
    failed together do not come back together. Never less than `Retry-After` asks for.
    """
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(number, 30))
    asked = retry_after(reply.headers) if isinstance(reply, Answer) else None
    return max(asked or 0.0, longest / 2) + _RANDOM.uniform(0, longest / 2)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or as a date; None without a valid one."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    until = _date(value)
    if until is None:
        return None
    # The service's own clock, where it says what that shows: ours may be wrong.
    now = _date(headers.get("date", ""))
    return max(0.0, until - (time.time() if now is None else now))


def _date(value: str) -> float | None:
    try:
        read = parsedate_to_datetime(value)
        # HTTP's dates are in UTC, also where they fail to say so.
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _passing(reply: Answer | Failure) -> bool:
    return reply.passing if isinstance(reply, Failure) else reply.status in PASSING
