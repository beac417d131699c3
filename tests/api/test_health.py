"""An operator's probes and dashboards: /healthz, /readyz, /metrics."""

import re
from pathlib import Path

import httpx
import pytest

from modsvc.app import create_app
from modsvc.engine.engine import Engine
from modsvc.errors import EngineFailure
from tests.api.serving import in_process, make_settings


def test_a_running_service_is_alive_and_ready(client: httpx.Client) -> None:
    for path, status in (("/healthz", "alive"), ("/readyz", "ready")):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.json()["status"] == status
        assert answer.json()["model_version"] == "tiny-1"


async def test_a_model_that_answers_wrongly_is_alive_but_not_ready(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Engine) -> None:
        raise EngineFailure("canary 0 is off")

    async with in_process(create_app(make_settings(tiny_artifact, canary_interval_s=0))) as client:
        assert (await client.get("/readyz")).status_code == 200
        with monkeypatch.context() as patch:
            patch.setattr(Engine, "check_canary", fail)
            answer = await client.get("/readyz")
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"] == "canary 0 is off"
            assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200


async def test_many_probes_ask_the_model_once(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(Engine, "check_canary", lambda self: asked.append(1))
    async with in_process(create_app(make_settings(tiny_artifact))) as client:
        for _ in range(5):
            await client.get("/readyz")
    assert len(asked) == 1


async def test_metrics_count_what_happened(tiny_artifact: Path) -> None:
    async with in_process(create_app(make_settings(tiny_artifact))) as client:
        items = [
            {"text": "hello hateword", "language": "en"},
            {"text": "hello hateword", "language": "en"},
            {"text": "hello women", "language": "xyz"},
            {"text": "..."},
        ]
        await client.post("/v1/score", json={"items": items})
        await client.get("/nowhere/at/all")
        await client.request("BREW", "/healthz")
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    for line in (
        'modsvc_requests_total{method="POST",route="/v1/score",status="200"} 1.0',
        'modsvc_requests_total{method="GET",route="unmatched",status="404"} 1.0',
        "modsvc_items_total 4.0",
        "modsvc_cache_hits_total 1.0",
        'modsvc_decisions_total{action="withhold",language="en"} 2.0',
        'modsvc_decisions_total{action="allow",language="unsupported"} 1.0',
        'modsvc_decisions_total{action="allow",language="und"} 1.0',
        "modsvc_queue_depth 0.0",
        'modsvc_request_seconds_count{route="/v1/score"} 1.0',
    ):
        assert line in lines
    assert re.search(r"^modsvc_batch_size_sum 4\.0$", answer.text, re.MULTILINE)
    assert 'method="OTHER"' in answer.text
    assert "nowhere" not in answer.text
    assert "xyz" not in answer.text
