"""What one process has scored the others answer from Redis, which learns nothing of texts."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from modsvc import redis_pools
from modsvc.engine import shared_cache
from modsvc.engine.engine import Engine
from modsvc.engine.shared_cache import KEPT_S, SharedCache
from modsvc.types import Content, Score
from tests.redis_server import RedisServer
from tests.rollout.models import variant

SECRET = bytes(range(32))

SOME = [
    Content("hello hateword"),
    Content("hello rudeword", language="es"),
    Content("hello women", parent="the women rudeword"),
    Content("привет дом"),
    Content("hello " * 400),
    Content("42 !"),
]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other tests is slow."""
    monkeypatch.setattr(shared_cache, "ANSWER_S", 10.0)


class Process:
    """An engine, and its way to Redis; what it was told of outcomes is in `outcomes`."""

    def __init__(self, model: Path, url: str, secret: bytes = SECRET, early: bool = True) -> None:
        self.outcomes: Counter[str] = Counter()
        self.cache = SharedCache.open(url, secret, self._count)
        # Nothing is known but from Redis.
        self.engine = Engine.load(model, threads=1, cache_size=0, early_exit=early)
        self.engine.share(self.cache)

    def score(self, *contents: Content) -> list[Score]:
        """Scores, once what was written is there."""
        scores = self.engine.score(contents)
        # One after the other is asked and written, so this answer comes after that.
        self.cache._thread.submit(lambda: None).result()
        return scores

    def _count(self, outcome: str, texts: int) -> None:
        self.outcomes[outcome] += texts


@pytest.fixture
def first(tiny_artifact: Path, redis_server: RedisServer) -> Iterator[Process]:
    process = Process(tiny_artifact, redis_server.url)
    yield process
    process.cache.close()


@pytest.fixture
def second(tiny_artifact: Path, redis_server: RedisServer) -> Iterator[Process]:
    process = Process(tiny_artifact, redis_server.url)
    yield process
    process.cache.close()


def everything(redis: "Redis") -> dict[bytes, bytes]:
    found = {}
    for name in redis.scan_iter():
        value = redis.get(name)
        assert isinstance(value, bytes)
        found[name] = value
    return found


def test_one_process_answers_what_another_has_scored(first: Process, second: Process) -> None:
    scored = first.score(*SOME)
    again = second.score(*SOME)

    assert not any(score.cached for score in scored)
    assert again == [replace(score, cached=True) for score in scored]
    assert [score.forms for score in again] == [score.forms for score in scored]
    assert first.outcomes == {"miss": len(SOME), "hit": 0}
    assert second.outcomes == {"miss": 0, "hit": len(SOME)}


def test_known_and_new_texts_of_one_batch_keep_their_places(
    first: Process, second: Process
) -> None:
    known, new = Content("hello hateword"), Content("hello women")
    [scored] = first.score(known)

    scores = second.score(new, known, new)

    assert [score.cached for score in scores] == [False, True, True]
    assert scores[1].probability == scored.probability > 0.9 > scores[0].probability


def test_why_is_still_told(first: Process, second: Process) -> None:
    asked = replace(SOME[0], explain=True)
    first.score(SOME[0])

    [score] = second.score(asked)
    [alone] = first.engine.score([asked])

    assert score.cached
    assert score.spans == alone.spans
    assert score.spans


def test_another_model_is_another_question(
    first: Process, tiny_artifact: Path, tmp_path: Path, redis_server: RedisServer
) -> None:
    first.score(SOME[0])
    named = variant(tiny_artifact, tmp_path / "named", "tiny-other")
    # Thresholds and calibration that were fitted again, and nobody gave them another name.
    refitted = variant(tiny_artifact, tmp_path / "refitted", "tiny-1", shift=1.0)

    for model, early in ((named, True), (refitted, True), (tiny_artifact, False)):
        other = Process(model, redis_server.url, early=early)
        [score] = other.score(SOME[0])
        assert not score.cached
        assert other.outcomes["hit"] == 0
        other.cache.close()


def test_another_secret_finds_nothing(
    first: Process, tiny_artifact: Path, redis_server: RedisServer
) -> None:
    first.score(*SOME)
    stranger = Process(tiny_artifact, redis_server.url, secret=bytes(32))

    assert not any(score.cached for score in stranger.score(*SOME))
    stranger.cache.close()


def test_redis_holds_neither_texts_nor_what_a_guess_could_be_tested_with(
    first: Process, redis_server: RedisServer
) -> None:
    first.score(*SOME)

    with Redis.from_url(redis_server.url) as redis:
        held = everything(redis)
        times = [redis.ttl(name) for name in held]
    assert len(held) == len(SOME)
    assert all(0 < seconds <= KEPT_S for seconds in times)
    whole = b"\n".join(part for pair in held.items() for part in pair).decode(errors="replace")
    for content in SOME:
        words = {*content.text.split(), *(content.parent or "").split()}
        # Numbers stand in scores too.
        assert not [word for word in words if word.isalpha() and word in whole]
        key = first.engine._cache.key(content.text.strip(), content.language, content.parent)
        assert key not in whole.encode(errors="replace")
        assert key.hex() not in whole


def test_what_nobody_of_us_wrote_is_a_miss(
    first: Process, second: Process, redis_server: RedisServer
) -> None:
    [flagged, harmless] = first.score(Content("hello hateword"), Content("hello women"))
    with Redis.from_url(redis_server.url) as redis:
        held = everything(redis)
        [bad, good] = sorted(held, key=lambda name: -json.loads(held[name][16:])[0])
        for value in (
            b"",
            b"garbage",
            bytes(300),
            b'{"probability": 0.0}',
            # A harmless score, in another's place, or with the seal that was there.
            held[good],
            held[good][16:],
            held[bad][:16] + held[good][16:],
        ):
            redis.set(bad, value)
            [score] = second.score(Content("hello hateword"))
            assert not score.cached
            assert score == flagged
            assert redis.get(bad) == held[bad]
    assert second.score(Content("hello women")) == [replace(harmless, cached=True)]


def test_redis_goes_away_and_comes_back(
    first: Process,
    second: Process,
    redis_server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(redis_pools, "LEAVE_ALONE_S", 0.2)
    scored = first.score(*SOME)
    assert all(score.cached for score in second.score(*SOME))

    redis_server.stop()
    for _ in range(3):
        assert second.score(*SOME) == scored
    assert second.outcomes["unanswered"] == 3 * len(SOME)

    redis_server.start()
    time.sleep(0.3)
    first.score(*SOME)
    assert all(score.cached for score in second.score(*SOME))
    said = {one.getMessage() for one in caplog.records if one.msg.startswith("scores_")}
    assert said == {"scores_not_shared error=ConnectionError", "scores_shared_again"}


def test_a_redis_that_hangs_costs_one_batch_a_moment(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_cache, "ANSWER_S", 0.5)
    monkeypatch.setattr(redis_pools, "LEAVE_ALONE_S", 600.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = Process(tiny_artifact, f"redis://127.0.0.1:{silent.getsockname()[1]}")
        begun = time.monotonic()
        for number in range(20):
            [score] = process.engine.score([Content(f"hello hateword {number}")])
            assert score.probability > 0.9
        # Each of the twenty would have waited for half a second.
        assert 0.5 <= time.monotonic() - begun < 9.5
    assert process.outcomes == {"unanswered": 20}
    process.cache.close()


def test_a_host_that_is_searched_for_long_is_not_waited_for(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = threading.Event()

    def slowly(*_: object, **__: object) -> None:
        given_up.wait(20)
        raise OSError("no such name")

    monkeypatch.setattr(shared_cache, "ANSWER_S", 0.1)
    process = Process(tiny_artifact, "redis://redis.invalid:6379")
    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    begun = time.monotonic()
    [score] = process.engine.score([Content("hello hateword")])
    assert time.monotonic() - begun < 15
    given_up.set()
    assert score.probability > 0.9
    process.cache.close()


def test_nothing_is_asked_once_it_is_closed(first: Process) -> None:
    first.cache.close()

    assert not any(score.cached for score in first.engine.score(SOME))
