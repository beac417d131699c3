"""Replicas of one service: a post that one of them has judged the others need not."""

import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from modsvc.app import create_app
from modsvc.engine import shared_cache
from modsvc.errors import StoreUnavailable
from tests.api.serving import in_process, make_settings
from tests.redis_server import RedisServer
from tests.rollout.models import variant

SECRET = "0f8a3c51d7e29b64c0a1f7d35e8b2946"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other tests is slow."""
    monkeypatch.setattr(shared_cache, "ANSWER_S", 10.0)


def replica(model: Path, redis_server: RedisServer, data_dir: Path, **more: Any) -> FastAPI:
    """One with a database of its own: nothing is shared but Redis and the secret."""
    shared = {"secret_key": SECRET, "cache_url": redis_server.url, "cache_size": 0}
    return create_app(make_settings(model, data_dir=data_dir, **shared, **more))


async def score(client: httpx.AsyncClient, text: str) -> dict[str, Any]:
    answer = await client.post("/v1/score", json={"text": text})
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read


async def outcomes(client: httpx.AsyncClient) -> dict[str, int]:
    """How many texts Redis was asked for, by what came of it."""
    metrics = (await client.get("/metrics")).text
    found = re.findall(r'modsvc_shared_cache_total\{outcome="(\w+)"\} (\d+)', metrics)
    return {outcome: int(texts) for outcome, texts in found}


async def test_the_second_replica_answers_what_the_first_has_scored(
    tiny_artifact: Path, tmp_path: Path, redis_server: RedisServer
) -> None:
    one, other = (replica(tiny_artifact, redis_server, tmp_path / name) for name in ("a", "b"))
    async with in_process(one) as first, in_process(other) as second:
        scored = await score(first, "hello hateword")
        # The same process asks and writes in turn.
        await score(first, "hello")
        again = await score(second, "hello hateword")
        assert await outcomes(first) == {"hit": 0, "miss": 2}
        assert await outcomes(second) == {"hit": 1, "miss": 0}
        assert "modsvc_cache_hits_total 1.0" in (await second.get("/metrics")).text
    assert again == scored


async def test_another_model_shares_once_it_answers_and_shows_first_what_it_computes(
    tiny_artifact: Path, tmp_path: Path, redis_server: RedisServer
) -> None:
    for name in ("one", "two"):
        variant(tiny_artifact, tmp_path / name, f"tiny-{name}")
    app = replica(tmp_path / "one", redis_server, tmp_path / "data", models_root=tmp_path)
    async with in_process(app) as client:
        await score(client, "hello")
        await score(client, "hello")
        before = await outcomes(client)
        assert before == {"hit": 1, "miss": 1}
        swapped = await client.post("/v1/admin/model", json={"path": "two"})
        assert swapped.status_code == 200, swapped.text
        assert await outcomes(client) == before
        await score(client, "hello")
        await score(client, "hello")
        assert await outcomes(client) == {"hit": 2, "miss": 2}


async def test_without_its_driver_the_service_says_what_to_install(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(StoreUnavailable, match=r"MODSVC_CACHE_URL .*modsvc\[redis\]"):
        create_app(make_settings(tiny_artifact, cache_url="redis://127.0.0.1:6379/0"))
