"""Recent answers of all processes of one service, in Redis, for an hour.

In: keys as `cache` makes them, and scores. Out: the scores that another process has put there under
the same secret. Neither texts nor what a guess of one could be tested with leave this process:
names are keyed digests, and values are a score's numbers under a keyed digest of name and value,
so that who can write to Redis can make nothing up. Redis that is slow or away knows nothing, and
is left alone for a moment.
"""

import hmac
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, Self

from pydantic import Field, TypeAdapter, ValidationError

from modsvc import redis_pools
from modsvc.engine.cache import Key
from modsvc.engine.manifest import Count, Probability
from modsvc.labels import CATEGORIES
from modsvc.types import Language, LanguageSource, Score

if TYPE_CHECKING:
    from redis import Redis

logger = logging.getLogger(__name__)

#: Seconds that Redis has to answer.
ANSWER_S: Final = 0.05

#: Seconds after which an answer is forgotten: longer than a pile-on takes to reach every process.
KEPT_S: Final = 3600

_PREFIX: Final = b"modsvc:score:"
_SEAL_BYTES: Final = 16

Outcome = Literal["hit", "miss", "unanswered"]
OnAsked = Callable[[Outcome, int], None]


class _Kept(NamedTuple):
    """A score as it lies in Redis, a JSON array; categories in the order of CATEGORIES."""

    probability: Probability
    categories: Annotated[
        tuple[Probability, ...], Field(min_length=len(CATEGORIES), max_length=len(CATEGORIES))
    ]
    toxic_other: Probability
    language: str
    confidence: Probability
    source: LanguageSource
    supported: bool
    truncated: bool
    windows: Count
    reason: str | None
    model_version: str
    early: bool


_KEPT: Final = TypeAdapter(_Kept)


class SharedCache:
    """What other processes have scored. Safe to share between threads; never raises."""

    def __init__(self, redis: "Redis", secret: bytes, on_asked: OnAsked) -> None:
        """`on_asked` is told how many texts had which outcome, on a caller's thread."""
        self._redis = redis
        self._secret = secret
        self._on_asked = on_asked
        # Some of what it waits for knows no time-out, such as the search for a host's address.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="shared-cache")
        self._silence = redis_pools.Silence(
            logger, gone="scores_not_shared", back="scores_shared_again"
        )

    @classmethod
    def open(cls, url: str, secret: bytes, on_asked: OnAsked) -> Self:
        """The one at `url`, which need not be there yet.

        Raises StoreUnavailable without the driver.
        """
        return cls(redis_pools.for_threads(url, "MODSVC_CACHE_URL", ANSWER_S), secret, on_asked)

    def get(self, keys: Sequence[Key]) -> list[Score | None]:
        """Scores that are there, marked `cached`, or None, in the order of `keys`."""
        names = [self._name(key) for key in keys]
        values = self._ask(names)
        if values is None:
            self._on_asked("unanswered", len(keys))
            return [None] * len(keys)
        scores = [self._opened(*pair) for pair in zip(names, values, strict=True)]
        misses = scores.count(None)
        self._on_asked("hit", len(keys) - misses)
        self._on_asked("miss", misses)
        return scores

    def put(self, items: Sequence[tuple[Key, Score]]) -> None:
        """Let the other processes know these, soon: nobody waits for it."""
        if items and not self._silence.holds():
            self._begin(lambda: self._write(items))

    def close(self) -> None:
        """Let Redis go, after what is being written."""
        self._begin(self._redis.close)
        self._thread.shutdown(wait=False)

    def _ask(self, names: Sequence[bytes]) -> Sequence[object] | None:
        """What is under the names; None without an answer."""
        if self._silence.holds():
            return None
        asking: Future[Sequence[object]] | None = None
        try:
            asking = self._thread.submit(self._redis.mget, names)
            values = asking.result(ANSWER_S)
        # Whatever the driver, the network or the thread raise, the model can answer.
        except Exception as error:
            if asking is not None:
                asking.cancel()
            self._silence.begin(error)
            return None
        self._silence.end()
        return values

    def _write(self, items: Sequence[tuple[Key, Score]]) -> None:
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for key, score in items:
                    name = self._name(key)
                    pipeline.set(name, self._sealed(name, score), ex=KEPT_S)
                pipeline.execute()
        # As above; and nobody looks at what this thread raises.
        except Exception as error:
            self._silence.begin(error)

    def _begin(self, work: Callable[[], None]) -> None:
        # Refused once it is closed, when nobody needs it any more.
        with suppress(RuntimeError):
            self._thread.submit(work)

    def _name(self, key: Key) -> bytes:
        return _PREFIX + hmac.digest(self._secret, b"name" + key, "sha256").hex().encode()

    def _seal(self, name: bytes, body: bytes) -> bytes:
        return hmac.digest(self._secret, b"seal" + name + body, "sha256")[:_SEAL_BYTES]

    def _sealed(self, name: bytes, score: Score) -> bytes:
        body = _KEPT.dump_json(_kept(score))
        return self._seal(name, body) + body

    def _opened(self, name: bytes, value: object) -> Score | None:
        """The score in a value of Redis; None where there is none, or it is not ours."""
        if not isinstance(value, bytes):
            return None
        seal, body = value[:_SEAL_BYTES], value[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(name, body)):
            return None
        try:
            return _score(_KEPT.validate_json(body))
        except ValidationError:
            return None


def _kept(score: Score) -> _Kept:
    return _Kept(
        probability=score.probability,
        categories=tuple(score.categories[name] for name in CATEGORIES),
        toxic_other=score.toxic_other,
        language=score.language.code,
        confidence=score.language.confidence,
        source=score.language.source,
        supported=score.supported,
        truncated=score.truncated,
        windows=score.windows,
        reason=score.reason,
        model_version=score.model_version,
        early=score.early,
    )


def _score(kept: _Kept) -> Score:
    return Score(
        probability=kept.probability,
        categories=dict(zip(CATEGORIES, kept.categories, strict=True)),
        toxic_other=kept.toxic_other,
        language=Language(kept.language, kept.confidence, kept.source),
        supported=kept.supported,
        truncated=kept.truncated,
        windows=kept.windows,
        reason=kept.reason,
        model_version=kept.model_version,
        cached=True,
        early=kept.early,
    )
