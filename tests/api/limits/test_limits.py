"""A key may send so many texts a minute and a day: what it is told, and what it can rely on."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from modsvc import redis_pools
from modsvc.api.limits import counting
from modsvc.app import create_app
from modsvc.store import api_keys
from modsvc.store.api_keys import Allowance
from modsvc.store.events import SYSTEM
from tests.api.serving import in_process, make_key, make_settings
from tests.redis_server import RedisServer

SCORE = "/v1/score"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other tests is slow."""
    monkeypatch.setattr(counting, "ANSWER_S", 10.0)


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of day as `time.time` tells it."""
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


def batch(texts: int) -> dict[str, Any]:
    return {"items": [{"text": f"hello number {place}"} for place in range(texts)]}


async def send(client: httpx.AsyncClient, key: dict[str, str], texts: int = 1) -> httpx.Response:
    return await client.post(SCORE, json=batch(texts), headers=key)


def left(answer: httpx.Response) -> dict[str, tuple[int, int]]:
    """Texts that are left and seconds until all are there again, by limit."""
    found = re.findall(r'"(\w+)";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
    return {name: (int(texts), int(seconds)) for name, texts, seconds in found}


@pytest.mark.usefixtures("clock")
async def test_texts_are_counted_and_not_requests(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact, rate=10, quota=15))
    key = make_key(app)
    async with in_process(app) as client:
        first = await send(client, key, 7)
        assert first.status_code == 200
        assert first.headers["RateLimit-Policy"] == (
            '"rate";q=10;qu="texts";w=60, "quota";q=15;qu="texts";w=86400'
        )
        assert left(first) == {"rate": (3, 60), "quota": (8, 86_400)}
        refused = await send(client, key, 4)
        assert refused.status_code == 429
        assert refused.json()["type"] == "urn:modsvc:problem:limit-reached"
        assert "10 texts a minute, and 3 are left" in refused.json()["detail"]
        assert 58 <= int(refused.headers["Retry-After"]) <= 61
        # What was refused cost nothing, and what is left is there.
        assert (await send(client, key, 3)).status_code == 200
        # Another key has its own.
        assert (await send(client, make_key(app), 10)).status_code == 200
        metrics = (await client.get("/metrics")).text
    assert re.search(r'modsvc_refused_total\{key="[\w-]{36}",limit="rate"\} 1.0', metrics)


async def test_what_can_never_pass_is_not_told_to_wait(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact, quota=5))
    async with in_process(app) as client:
        answer = await send(client, make_key(app), 6)
        assert answer.status_code == 413
        assert "5 a day" in answer.json()["detail"]
        assert "Retry-After" not in answer.headers


async def test_without_limits_nothing_is_said(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact))
    async with in_process(app) as client:
        answer = await send(client, make_key(app), 100)
        assert answer.status_code == 200
        assert not [name for name in answer.headers if name.startswith("ratelimit")]


async def test_a_keys_own_numbers_win(tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modsvc.api.security.REMEMBER_S", 0.0)
    app = create_app(make_settings(tiny_artifact, rate=2))
    free, small = (
        make_key(app, allowance=Allowance(rate=0)),
        make_key(app, allowance=Allowance(rate=1, quota=9)),
    )
    async with in_process(app) as client:
        assert "RateLimit" not in (await send(client, free, 50)).headers
        assert left(await send(client, small)) == {"rate": (0, 60), "quota": (8, 86_400)}
        assert (await send(client, small)).status_code == 429
        with app.state.service.database.transaction() as session:
            [_, key] = api_keys.everyone(session)
            api_keys.allow(session, key.prefix, Allowance(rate=30), actor=SYSTEM)
        assert left(await send(client, small)) == {"rate": (29, 60)}


async def test_an_open_service_has_limits_too(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact, rate=1))
    async with in_process(app) as client:
        assert [(await send(client, {})).status_code for _ in range(2)] == [200, 429]


async def test_waiting_as_told_is_enough(tiny_artifact: Path, clock: Clock) -> None:
    app = create_app(make_settings(tiny_artifact, rate=3))
    key = make_key(app)
    async with in_process(app) as client:
        await send(client, key, 3)
        refused = await send(client, key, 3)
        assert refused.status_code == 429
        clock.now += int(refused.headers["Retry-After"])
        assert (await send(client, key, 3)).status_code == 200


async def test_a_clock_that_is_put_back_locks_nobody_out(tiny_artifact: Path, clock: Clock) -> None:
    app = create_app(make_settings(tiny_artifact, rate=3))
    key = make_key(app)
    async with in_process(app) as client:
        await send(client, key, 3)
        clock.now -= 3_600
        assert (await send(client, key, 3)).status_code == 200
        refused = await send(client, key)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) <= 61


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/v1/moderations", {"input": ["a", "b", "c"]}, ("error", "code")),
        ("/classify", {"input": ["a", "b", "c"]}, ("error", "code")),
        ("/predict", {"inputs": [["a"], ["b"], ["c"]]}, ("error_type",)),
        (
            "/v1alpha1/comments:analyze",
            {
                "comment": {"text": "One is. Two are. Three as well."},
                "requestedAttributes": {"TOXICITY": {}},
                "spanAnnotations": True,
            },
            ("error", "status"),
        ),
        ("/v1/content", {"items": [{"content_id": c, "text": c} for c in "abc"]}, ("type",)),
    ],
)
async def test_every_way_in_counts_and_says_so_in_its_own_words(
    tiny_artifact: Path, path: str, body: dict[str, Any], where: tuple[str, ...]
) -> None:
    app = create_app(make_settings(tiny_artifact, rate=5))
    key = make_key(app)
    async with in_process(app) as client:
        first = await client.post(path, json=body, headers=key)
        assert first.status_code in (200, 202), first.text
        # A comment and its three sentences are four.
        assert left(first)["rate"][0] == (1 if "comment" in body else 2)
        refused = await client.post(path, json=body, headers=key)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 61
        said: Any = refused.json()
        for step in where:
            said = said[step]
        assert said in (
            *("rate_limit_exceeded", 429, "Overloaded", "RESOURCE_EXHAUSTED"),
            "urn:modsvc:problem:limit-reached",
        )


class Processes(NamedTuple):
    """Two of one service, and a key of it."""

    first: httpx.AsyncClient
    second: httpx.AsyncClient
    key: dict[str, str]


@pytest.fixture
async def processes(tiny_artifact: Path, redis_server: RedisServer) -> AsyncIterator[Processes]:
    """They take ten texts a minute together."""
    settings = make_settings(tiny_artifact, rate=10, limits_url=redis_server.url)
    one, other = create_app(settings), create_app(settings)
    async with in_process(one) as first, in_process(other) as second:
        yield Processes(first, second, make_key(one))


async def test_processes_count_together_in_redis(processes: Processes) -> None:
    first, second, key = processes
    assert left(await send(first, key, 6)) == {"rate": (4, 60)}
    answer = await send(second, key, 5)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert left(await send(second, key, 4))["rate"][0] == 0
    assert "modsvc_limits_counted_alone_total 0.0" in (await second.get("/metrics")).text


async def test_two_at_once_do_not_both_get_the_last_text(processes: Processes) -> None:
    first, second, key = processes
    answers = await asyncio.gather(
        *(send(client, key) for _ in range(15) for client in (first, second))
    )
    assert [answer.status_code for answer in answers].count(200) == 10


async def test_redis_goes_down_and_comes_back(
    tiny_artifact: Path,
    redis_server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(redis_pools, "LEAVE_ALONE_S", 0.2)
    app = create_app(make_settings(tiny_artifact, rate=5, limits_url=redis_server.url))
    key = make_key(app)
    async with in_process(app) as client:
        assert (await send(client, key, 5)).status_code == 200
        redis_server.stop()
        # Counted anew, by this process, and still counted.
        assert [(await send(client, key, 3)).status_code for _ in range(2)] == [200, 429]
        assert "modsvc_limits_counted_alone_total 2.0" in (await client.get("/metrics")).text
        redis_server.start()
        await asyncio.sleep(0.3)
        assert left(await send(client, key, 2)) == {"rate": (3, 60)}
    said = [record.getMessage() for record in caplog.records if "limits_count" in record.msg]
    assert said == ["limits_count_alone error=ConnectionError", "limits_count_together"]


async def test_a_redis_that_does_not_answer_costs_one_request_a_moment(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "ANSWER_S", 0.2)
    monkeypatch.setattr(redis_pools, "LEAVE_ALONE_S", 600.0)
    connections = 0

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    app = create_app(make_settings(tiny_artifact, rate=5, limits_url=f"redis://127.0.0.1:{port}"))
    key = make_key(app)
    async with server, in_process(app) as client:
        statuses = [(await send(client, key)).status_code for _ in range(7)]
        assert statuses == [200] * 5 + [429] * 2
        # The first request asked, once and once again; the others did not.
        assert 1 <= connections <= 2
