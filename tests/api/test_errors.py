"""Whatever goes wrong, the caller gets a problem that says what to do and repeats nothing."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog.testing

from modsvc.app import create_app
from modsvc.engine.batching import Batcher
from modsvc.engine.engine import Engine
from modsvc.errors import DeadlineExceeded, EngineFailure, ModsvcError, Overloaded
from modsvc.pipeline import Loaded
from modsvc.types import Content
from tests.api.serving import in_process, make_settings
from tests.policy.strategies import write_policy

SECRET = "xyzzy"


def check_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:modsvc:problem:")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert SECRET not in answer.text
    return body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (SECRET.encode(), 400),
        (b'{"text": "xyzzy \xff"}', 400),
        (b'{"text": "xyzzy', 400),
        (b"[" * 500_000, 400),
        (b'{"text":' + b'{"text":' * 50_000, 400),
        (b'{"text":' + b"9" * 5000 + b"}", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"xyzzy"', 422),
        (b"NaN", 422),
        (b"{}", 422),
        (b'{"text": null}', 422),
        (b'{"text": ["xyzzy"]}', 422),
        (b'{"text": NaN}', 422),
        (b'{"text": "a", "xyzzy": 1}', 422),
        (b'{"text": "a", "id": 7}', 422),
        (b'{"text": "a", "id": "%s"}' % (b"xyzzy" * 60), 422),
        (b'{"text": "a", "language": "xyzzy!"}', 422),
        (b'{"text": "a", "language": ""}', 422),
        (b'{"text": "a", "community": false}', 422),
        (b'{"items": []}', 422),
        (b'{"items": {"text": "xyzzy"}}', 422),
        (b'{"items": [{"text": "a"}], "text": "xyzzy"}', 422),
        (b'{"items": [{"text": "a"}, {"text": null, "id": "xyzzy"}]}', 422),
        (b'{"items": [' + b"{}," * 300_000 + b"{}]}", 422),
        (b"{" + b",".join(b'"xyzzy%d":1' % n for n in range(60_000)) + b"}", 422),
    ],
)
def test_a_wrong_body_is_the_callers_error(client: httpx.Client, body: bytes, status: int) -> None:
    check_problem(client.post("/v1/score", content=body), status)


def test_the_errors_name_the_place(client: httpx.Client) -> None:
    body = {"items": [{"text": "a"}, {"text": None, SECRET: 1}]}
    problem = check_problem(client.post("/v1/score", json=body), 422)
    assert [error["at"] for error in problem["errors"]] == [
        "items.1.text",
        "items.1.(unknown key)",
    ]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/{SECRET}", 404),
        ("POST", "/v1/score/", 404),
        ("GET", "/v1/score", 405),
        ("DELETE", "/healthz", 405),
    ],
)
def test_wrong_paths_and_methods_are_problems_too(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    check_problem(answer, status)
    assert (status == 405) == ("allow" in answer.headers)


def test_the_request_id_is_the_callers_when_it_is_harmless(client: httpx.Client) -> None:
    for given, kept in (("abc-123", True), ("a" * 129, False), ("a b", False)):
        answer = client.get("/healthz", headers={"X-Request-ID": given})
        assert (answer.headers["x-request-id"] == given) is kept


async def post_with_failing_batcher(
    model: Path, error: ModsvcError, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> httpx.Response:
    async def fail(self: Batcher, contents: Sequence[Content], *, deadline_s: float) -> Any:
        raise error

    monkeypatch.setattr(Batcher, "score", fail)
    async with in_process(create_app(make_settings(model, **settings))) as client:
        return await client.post("/v1/score", json={"text": SECRET, "id": "c1"})


async def test_a_full_queue_says_when_to_come_back(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = Overloaded("9 texts are waiting", retry_after_s=2.3)
    answer = await post_with_failing_batcher(tiny_artifact, error, monkeypatch)
    check_problem(answer, 429)
    assert answer.headers["retry-after"] == "3"


@pytest.mark.parametrize(
    ("error", "reason"),
    [(EngineFailure("failed"), "engine_failure"), (DeadlineExceeded("late"), "deadline_exceeded")],
)
async def test_a_failing_model_is_an_error_or_a_review_as_the_policy_says(
    tiny_artifact: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: ModsvcError,
    reason: str,
) -> None:
    answer = await post_with_failing_batcher(tiny_artifact, error, monkeypatch)
    check_problem(answer, 503)

    review = write_policy(tmp_path, on_engine_failure="review")
    answer = await post_with_failing_batcher(tiny_artifact, error, monkeypatch, policy_file=review)
    assert answer.status_code == 200
    [result] = answer.json()["results"]
    assert (result["id"], result["action"], result["reason"]) == ("c1", "review", reason)
    assert result["probability"] is None
    assert set(result["categories"].values()) == {None}


async def test_a_real_queue_that_is_full_answers_429_and_recovers(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()
    ordinary = Engine.score

    def slow(self: Engine, contents: Sequence[Content]) -> Any:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(timeout=20)
        return ordinary(self, contents)

    monkeypatch.setattr(Engine, "score", slow)
    settings = make_settings(tiny_artifact, max_queue=4, token_budget=8)
    async with in_process(create_app(settings)) as client:
        posts = [
            asyncio.create_task(client.post("/v1/score", json={"text": f"hello women {n}"}))
            for n in range(30)
        ]
        await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED, timeout=20)
        gate.set()
        answers = await asyncio.gather(*posts)
        statuses = {answer.status_code for answer in answers}
        assert statuses == {200, 429}
        after = await client.post("/v1/score", json={"text": "hello women"})
        assert after.status_code == 200


async def test_an_unforeseen_error_is_a_problem_without_its_message(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def judge(self: Loaded, contents: Sequence[Content], deadline_s: float) -> Any:
        raise RuntimeError(f"cannot handle {contents[0].text}")

    monkeypatch.setattr(Loaded, "judge", judge)
    with structlog.testing.capture_logs() as events:
        async with in_process(create_app(make_settings(tiny_artifact))) as client:
            answer = await client.post("/v1/score", json={"text": SECRET})
    check_problem(answer, 500)
    assert answer.json()["type"].endswith(":internal")
    assert events[0]["exception"] == "RuntimeError"
    assert SECRET not in str(events)
