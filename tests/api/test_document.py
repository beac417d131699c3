"""What /openapi.json promises is what is answered: statuses, limits, which bodies are refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema_rs
import pytest

from modsvc.api import document as module
from modsvc.app import create_app
from tests.api.serving import in_process, make_settings, on_socket

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> Json:
    """What the service says of itself."""
    return dict(client.get("/openapi.json").json())


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_operation_says_how_it_answers_without_a_key_and_for_wrong_bodies(
    document: Json,
) -> None:
    for name, operation in operations(document):
        told = set(operation["responses"])
        if "security" in operation:
            assert {"401", "403", "503"} <= told, name
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= told, name
        assert ("422" in told) or "parameters" not in operation or "400" in told, name


def test_no_operation_promises_the_frameworks_own_errors(document: Json) -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])


def test_a_policy_that_is_kept_already_is_answered_as_promised(
    client: httpx.Client, document: Json
) -> None:
    [active] = client.get("/v1/admin/policies").json()["policies"][-1:]
    kept = client.get(f"/v1/admin/policies/{active['version']}").json()["document"]
    answer = client.post("/v1/admin/policies", json={"document": kept})
    assert str(answer.status_code) in document["paths"]["/v1/admin/policies"]["post"]["responses"]


async def test_limits_are_those_of_the_deployment(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact, max_items=3, max_text_chars=50))
    schemas = app.openapi()["components"]["schemas"]
    assert schemas["ScoreItems"]["properties"]["items"]["maxItems"] == 3
    assert schemas["ContentItem"]["properties"]["text"]["maxLength"] == 50
    async with in_process(app) as client:
        for count, length, status in ((3, 50, 200), (4, 50, 413), (3, 51, 413)):
            items = [{"text": "a" * length}] * count
            answer = await client.post("/v1/score", json={"items": items})
            assert answer.status_code == status


COMMENT = {"text": "hello"}
SCORES = {"TOXICITY": {"summaryScore": {"value": 1}}}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/classify", {"input": ["a"], "raw_scores": True}),
        ("/classify", {"input": ["a"] * 129}),
        ("/predict", {"inputs": "a", "raw_scores": True}),
        ("/predict", {"inputs": ["a", "b", "c"]}),
        ("/v1/moderations", {"input": [{"type": "text"}]}),
        ("/v1/moderations", {"input": [{"type": "image_url", "image_url": {"url": "a"}}]}),
        ("/v1alpha1/comments:analyze", {"comment": None, "requestedAttributes": {"THREAT": {}}}),
        ("/v1alpha1/comments:analyze", {"comment": COMMENT, "requestedAttributes": {}}),
        ("/v1alpha1/comments:analyze", {"comment": COMMENT}),
        (
            "/v1alpha1/comments:suggestscore",
            {"comment": {"text": " "}, "attributeScores": SCORES},
        ),
        ("/v1alpha1/comments:suggestscore", {"comment": COMMENT, "attributeScores": None}),
        ("/v1/content", {"content_id": "..", "text": "a"}),
        ("/v1/content", {"content_id": "a/b", "text": "a"}),
        ("/v1/admin/webhooks", {"url": "", "events": ["decision.made"]}),
        ("/v1/admin/model", {"path": "open-2", "rollback": True}),
        ("/v1/admin/model", {"path": None}),
    ],
)
def test_what_is_refused_is_refused_by_the_document_too(
    client: httpx.Client, document: Json, path: str, body: Json
) -> None:
    content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    schema = {**content["schema"], "components": document["components"]}
    assert not jsonschema_rs.validator_for(schema).is_valid(body)
    assert client.post(path, json=body).status_code in (400, 413, 422)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/admin/policies", "GET, POST"),
        ("/v1/content/1", "DELETE, GET"),
        ("/v1/score", "POST"),
        ("/healthz", "GET"),
    ],
)
def test_a_path_names_all_of_its_methods(client: httpx.Client, path: str, methods: str) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, methods)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/content/a%00b",
        "/v1/admin/webhooks/a%00b/messages",
        "/v1/admin/policies/a%00b",
        "/v1/admin/policies/a/diff?against=%00",
    ],
)
def test_what_no_database_can_look_for_is_refused(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 422


@pytest.mark.parametrize("author", ["a/b", "a\nb", "9\n\u0093", "?a=b#c", "Ä" * 255])
def test_whoever_was_let_in_is_let_go(client: httpx.Client, author: str) -> None:
    content = {"content_id": "of-somebody", "text": f"hello {author}", "author_id": author}
    assert client.post("/v1/content", json=content).status_code == 202
    answer = client.delete(f"/v1/authors/{quote(author, safe='')}")
    assert answer.json() == {"erased": 1}


@pytest.mark.parametrize("when", ["0", 0, 1.5, "1700000000", "1700000000000", True])
def test_a_time_is_written_out(client: httpx.Client, when: Any) -> None:
    content = {"content_id": "1", "text": "a", "created_at": when}
    assert client.post("/v1/content", json=content).status_code == 422
    answer = client.post("/v1/admin/policies/a/backtest", json={"since": when})
    assert answer.status_code == 422
    assert "2026-03-01T12:00:00Z" in answer.text


def test_a_whole_number_is_one_however_it_is_written(client: httpx.Client) -> None:
    [active] = client.get("/v1/admin/policies").json()["policies"][-1:]
    path = f"/v1/admin/policies/{active['version']}/backtest"
    assert client.post(path, json={"limit": 2.0}).status_code == 200
    assert client.post(path, json={"limit": 2.5}).status_code == 422


def test_the_document_is_written_once(tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anyone may ask for it, as often as they like."""
    written: list[bytes] = []

    def to_json(made: Json) -> bytes:
        written.append(json.dumps(made).encode())
        return written[-1]

    monkeypatch.setattr(module, "to_json", to_json)
    with on_socket(create_app(make_settings(tiny_artifact))) as url:
        answers = {httpx.get(f"{url}/openapi.json", timeout=60).content for _ in range(5)}
    assert answers == set(written)
    assert len(written) == 1
