"""A platform posts texts to /v1/score and gets decisions."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from modsvc.app import create_app
from modsvc.labels import CATEGORIES
from modsvc.pipeline import Judgement, Loaded
from modsvc.types import Content, Decision, Language, Score, Span
from tests.api.serving import in_process, make_settings

GOLDEN = Path(__file__).parent / "golden"


def score(client: httpx.Client, body: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/score", json=body)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_one_text_gets_one_result(client: httpx.Client) -> None:
    [result] = score(client, {"text": "hello threatsword", "id": "c1"})
    assert result["id"] == "c1"
    assert result["flagged"]
    assert result["action"] == "withhold"
    assert result["reason_codes"] == ["misogyny_withhold", "category_threats_withhold"]
    assert set(result["categories"]) == set(CATEGORIES)
    assert result["categories"]["threats"] > 0.9 > result["categories"]["derogation"]


def test_many_texts_come_back_in_order(client: httpx.Client) -> None:
    texts = ["hello women", "hello hateword", "", "the women", "a hateword"]
    items = [{"id": f"c{n}", "text": text} for n, text in enumerate(texts)]
    results = score(client, {"items": items})
    assert [result["id"] for result in results] == ["c0", "c1", "c2", "c3", "c4"]
    assert [result["flagged"] for result in results] == [False, True, False, False, True]


def test_a_text_without_letters_is_answered_not_refused(client: httpx.Client) -> None:
    for text in ("", "   ", "🙂🙂", "12345", "\u200b"):
        [result] = score(client, {"text": text})
        assert (result["language"], result["probability"]) == ("und", 0)
        assert (result["reason"], result["reason_codes"]) == ("no_text", ["no_text"])
        assert result["action"] == "allow"


def test_the_callers_language_wins(client: httpx.Client) -> None:
    [result] = score(client, {"text": "hello women", "language": "es"})
    assert (result["language"], result["language_confidence"]) == ("es", 1)


def test_an_unsupported_language_goes_to_review(client: httpx.Client) -> None:
    [result] = score(client, {"text": "hello hateword", "language": "kk"})
    assert (result["supported"], result["action"]) == (False, "review")
    assert result["reason_codes"] == ["misogyny_withhold", "unsupported_language"]


def test_a_long_text_says_that_its_end_was_not_read(client: httpx.Client) -> None:
    [result] = score(client, {"text": "hello women " * 1600})
    assert result["truncated"]


def test_a_text_cut_in_the_middle_of_an_emoji_is_judged(client: httpx.Client) -> None:
    body = rb'{"items":[{"text":"hello hateword \ud83d"},{"text":"\\ud83d women \ud83d\ude42"}]}'
    answer = client.post("/v1/score", content=body)
    assert answer.status_code == 200
    assert [result["flagged"] for result in answer.json()["results"]] == [True, False]


def test_concurrent_callers_get_their_own_answers(client: httpx.Client) -> None:
    words = ["hateword" if n % 3 == 0 else "women" for n in range(60)]

    def ask(n: int) -> bool:
        [result] = score(client, {"text": f"hello {words[n]} {n}", "id": str(n)})
        assert result["id"] == str(n)
        return bool(result["flagged"])

    with ThreadPoolExecutor(12) as pool:
        flags = list(pool.map(ask, range(60)))
    assert flags == [word == "hateword" for word in words]


def test_a_body_over_the_limit_is_refused_whole_or_in_chunks(client: httpx.Client) -> None:
    body = json.dumps({"text": "a" * 1_048_600}).encode()

    def chunks() -> Iterator[bytes]:
        for begin in range(0, len(body), 65_536):
            yield body[begin : begin + 65_536]

    for content in (body, chunks()):
        answer = client.post("/v1/score", content=content)
        assert answer.status_code == 413
        assert answer.json()["type"] == "urn:modsvc:problem:too-large"
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"items": [{"text": "a"}] * 128}, 200),
        ({"items": [{"text": "a"}] * 129}, 413),
        ({"items": [{"text": "a"}] * 1025}, 413),
        ({"text": "a" * 20_480}, 200),
        ({"text": "a" * 20_481}, 413),
    ],
)
def test_limits_of_items_and_text_hold_to_the_one(
    client: httpx.Client, body: Any, status: int
) -> None:
    assert client.post("/v1/score", json=body).status_code == status


async def test_limits_are_settings(tiny_artifact: Path) -> None:
    settings = make_settings(tiny_artifact, max_items=2, max_text_chars=5, max_body_bytes=200)
    async with in_process(create_app(settings)) as client:
        for body in ({"items": [{"text": "a"}] * 3}, {"text": "abcdef"}, {"text": "a" * 200}):
            assert (await client.post("/v1/score", json=body)).status_code == 413


async def test_the_wire_format_is_the_golden_one(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored = Score(
        probability=0.91234567,
        categories={name: 0.125 * place for place, name in enumerate(CATEGORIES)},
        toxic_other=0.25,
        language=Language("es", 0.98, "detected"),
        supported=True,
        truncated=False,
        windows=1,
        reason=None,
        model_version="tiny-1",
        spans=(Span(6, 14, {"misogyny": 0.87654321, "derogation": 0.2}),),
    )
    made = [
        Judgement(scored, Decision("withhold", True, ("misogyny_withhold",), "p")),
        Judgement(None, Decision("review", True, ("engine_failure",), "p")),
    ]

    async def judge(self: Loaded, contents: Sequence[Content], deadline_s: float) -> Any:
        return made[: len(contents)]

    monkeypatch.setattr(Loaded, "judge", judge)
    request = (GOLDEN / "score_request.json").read_bytes()
    async with in_process(create_app(make_settings(tiny_artifact))) as client:
        answer = await client.post("/v1/score", content=request)
    assert answer.headers["content-type"] == "application/json"
    expected = json.loads((GOLDEN / "score_response.json").read_text(encoding="utf-8"))
    # Through text, so that the order of the keys counts too.
    assert json.dumps(answer.json()) == json.dumps(expected)


def test_a_reply_is_judged_with_what_it_replies_to(client: httpx.Client) -> None:
    parents = [None, "hello the women", "hello hateword"]
    items = [{"text": "hello", "context": {"parent": parent}} for parent in parents]
    results = score(client, {"items": items})
    assert [result["flagged"] for result in results] == [False, False, True]
    assert results[0] == score(client, {"text": "hello"})[0]


@pytest.mark.parametrize(
    ("context", "status"),
    [({"parent": "a" * 20_481}, 413), ({"parents": "hello"}, 422), ({"parent": 1}, 422)],
)
def test_a_context_that_cannot_be_read_is_refused(
    client: httpx.Client, context: dict[str, Any], status: int
) -> None:
    answer = client.post("/v1/score", json={"text": "hello", "context": context})
    assert answer.status_code == status
    assert "parent" in answer.text or "context" in answer.text
