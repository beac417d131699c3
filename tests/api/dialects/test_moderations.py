"""A team points its OpenAI client here, and changes nothing but the base URL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from modsvc.api.dialects.moderations.categories import MEANINGS
from modsvc.api.dialects.moderations.schemas import ModerationAnswer
from modsvc.app import create_app
from modsvc.errors import EngineFailure, Overloaded
from modsvc.pipeline import Loaded
from tests.api.dialects.conftest import Closed
from tests.api.serving import in_process, make_settings
from tests.tiny_artifact import MODEL_VERSION, TRIGGERS

BAD = f"You {TRIGGERS['misogyny']}"


@pytest.fixture(scope="module")
def openai_client(base_url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{base_url}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_one_text(openai_client: OpenAI) -> None:
    answer = openai_client.moderations.create(input=BAD, model="omni-moderation-latest")
    assert answer.id.startswith("modr-")
    assert answer.model == MODEL_VERSION
    [result] = answer.results
    assert result.flagged
    assert result.categories.hate
    assert result.category_scores.hate > 0.9
    assert not result.categories.violence
    assert result.category_scores.violence == 0
    assert result.category_applied_input_types.hate == ["text"]


def test_several_texts_are_answered_in_order(openai_client: OpenAI) -> None:
    answer = openai_client.moderations.create(input=["hello women", BAD, "hello the women"])
    assert [result.flagged for result in answer.results] == [False, True, False]


def test_the_parts_of_a_message_are_one_text(openai_client: OpenAI) -> None:
    parts: Any = [{"type": "text", "text": "hello"}, {"type": "text", "text": BAD}]
    [result] = openai_client.moderations.create(input=parts).results
    assert result.flagged


async def test_the_async_client_works_too(base_url: str) -> None:
    async with AsyncOpenAI(base_url=f"{base_url}/v1", api_key="none") as client:
        assert (await client.moderations.create(input=BAD)).results[0].flagged


@pytest.mark.parametrize(
    ("label", "category"),
    [
        ("threats", "hate/threatening"),
        ("image_abuse", "harassment/threatening"),
        ("derogation", "hate"),
        ("toxic_other", "harassment"),
    ],
)
def test_a_label_shows_under_the_name_that_means_it(
    openai_client: OpenAI, label: str, category: str
) -> None:
    [result] = openai_client.moderations.create(input=f"hello {TRIGGERS[label]}").results
    assert result.category_scores.to_dict()[category] > 0.9


async def test_a_policy_that_acts_on_other_toxicity_flags_harassment(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        'schema_version: 1\nversion: all\nthresholds: {toxic_other: {"*": {review: 0.5, '
        "withhold: null}}}\n"
    )
    for settings, flagged in (({"policy_file": policy}, True), ({}, False)):
        async with in_process(create_app(make_settings(tiny_artifact, **settings))) as client:
            answer = await client.post("/v1/moderations", json={"input": "hello rudeword"})
        [result] = ModerationAnswer.model_validate_json(answer.content).results
        assert result.flagged is flagged
        assert [name for name, found in result.categories.items() if found] == (
            ["harassment"] if flagged else []
        )


def test_images_are_refused_and_not_passed_over(openai_client: OpenAI) -> None:
    image: Any = {"type": "image_url", "image_url": {"url": "https://forum.example/a.png"}}
    with pytest.raises(openai.BadRequestError, match="Images are not judged") as caught:
        openai_client.moderations.create(input=[{"type": "text", "text": "hello"}, image])
    assert (caught.value.code, caught.value.param) == ("image_unsupported", "input")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"input": 5},
        {"input": []},
        {"input": [5]},
        {"input": [{"type": "text"}]},
        {"inputs": "a"},
    ],
)
def test_what_cannot_be_read_is_refused_in_openais_shape(client: httpx.Client, body: Any) -> None:
    answer = client.post("/v1/moderations", json=body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"


def test_limits_hold(client: httpx.Client) -> None:
    for body in ({"input": ["a"] * 129}, {"input": "a" * 20_481}):
        answer = client.post("/v1/moderations", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    answer = client.post("/v1/moderations", content=b"{" * 2_000_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_keys_are_asked_for_in_words_that_the_client_knows(closed: Closed) -> None:
    def ask(key: str) -> bool:
        with OpenAI(base_url=f"{closed.url}/v1", api_key=key, max_retries=0) as client:
            return client.moderations.create(input=BAD).results[0].flagged

    assert ask(closed.key)
    with pytest.raises(openai.AuthenticationError) as unknown:
        ask("sk-guessed")
    assert unknown.value.code == "invalid_api_key"
    with pytest.raises(openai.PermissionDeniedError):
        ask(closed.other)


async def test_too_busy_or_broken_is_said_so_that_the_client_tries_again(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(make_settings(tiny_artifact))
    errors: list[Exception] = []

    async def fail(*arguments: Any) -> Any:
        raise errors[-1]

    monkeypatch.setattr(Loaded, "score", fail)
    async with in_process(app) as client:
        for error, status, kind in (
            (Overloaded("full", retry_after_s=3.2), 429, "rate_limit_error"),
            (EngineFailure("failed"), 503, "server_error"),
            (RuntimeError("a text"), 500, "server_error"),
        ):
            errors.append(error)
            answer = await client.post("/v1/moderations", json={"input": "hello"})
            assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
            assert answer.headers.get("Retry-After") == ("4" if status == 429 else None)
            assert "a text" not in answer.text


def test_every_name_of_openais_is_answered() -> None:
    fields = openai.types.moderation.CategoryScores.model_fields
    assert {field.alias or name for name, field in fields.items()} == set(MEANINGS)
