"""A key whose scores are rounded gets no more of them by any way."""

from pathlib import Path
from typing import Any

import httpx

from modsvc.app import create_app
from modsvc.store.api_keys import Allowance
from tests.api.serving import in_process, make_key, make_settings

TEXT = "hello women, hateword and more of it"
ATTRIBUTES = ("TOXICITY", "MISOGYNY", "THREAT")


def numbers(value: Any) -> list[float]:
    """Every number that is no integer, anywhere in an answer."""
    if isinstance(value, dict):
        return [one for inner in value.values() for one in numbers(inner)]
    if isinstance(value, list):
        return [one for inner in value for one in numbers(inner)]
    return [value] if isinstance(value, float) else []


async def ask(client: httpx.AsyncClient, key: dict[str, str]) -> list[Any]:
    """Everything that says a probability."""
    comment = {
        "comment": {"text": f"{TEXT}. {TEXT}."},
        "requestedAttributes": {name: {} for name in ATTRIBUTES},
        "spanAnnotations": True,
        "languages": ["en"],
    }
    sent: dict[str, Any] = {
        "/v1/score": {"text": TEXT, "language": "en"},
        "/v1/moderations": {"input": TEXT},
        "/predict": {"inputs": TEXT},
        "/classify": {"input": [TEXT]},
        "/v1alpha1/comments:analyze": comment,
        "/v1/content": {"content_id": "c1", "text": TEXT, "language": "en"},
    }
    answers = [await client.post(path, json=body, headers=key) for path, body in sent.items()]
    answers += [
        await client.post(
            "/v1/content", json={"content_id": "c1", "text": TEXT, "language": "en"}, headers=key
        ),
        await client.get("/v1/content/c1", headers=key),
    ]
    assert all(answer.status_code in (200, 202) for answer in answers)
    return [answer.json() for answer in answers]


async def test_every_way_out_is_rounded(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact))
    async with in_process(app) as client:
        for decimals in (1, 2):
            for answer in await ask(client, make_key(app, allowance=Allowance(decimals=decimals))):
                found = numbers(answer)
                assert found
                assert all(round(one, decimals) == one for one in found), answer
        for answer in await ask(client, make_key(app)):
            assert any(round(one, 2) != one for one in numbers(answer)), answer


async def test_a_threshold_does_not_tell_the_rest(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact))
    key = make_key(app, allowance=Allowance(decimals=1))

    async def passes(client: httpx.AsyncClient, threshold: float) -> bool:
        body = {
            "comment": {"text": TEXT},
            "requestedAttributes": {"MISOGYNY": {"scoreThreshold": threshold}},
        }
        answer = await client.post("/v1alpha1/comments:analyze", json=body, headers=key)
        return "attributeScores" in answer.json()

    async with in_process(app) as client:
        answer = await client.post("/v1/score", json={"text": TEXT}, headers=key)
        told = answer.json()["results"][0]["probability"]
        exact = (await client.post("/v1/score", json={"text": TEXT}, headers=make_key(app))).json()
        assert exact["results"][0]["probability"] != told
        # It passes up to what is told, and nowhere between that and what is true.
        assert await passes(client, told)
        assert not await passes(client, told + 1e-6)


async def test_spans_are_for_those_who_get_them(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact))
    body = {"text": TEXT, "explain": True}
    comment = {
        "comment": {"text": f"{TEXT}. {TEXT}."},
        "requestedAttributes": {"MISOGYNY": {}},
        "spanAnnotations": True,
    }
    async with in_process(app) as client:
        for allowance, sees in (
            (Allowance(), True),
            (Allowance(decimals=2, spans=True), True),
            (Allowance(decimals=2), False),
        ):
            key = make_key(app, allowance=allowance)
            answer = await client.post("/v1/score", json=body, headers=key)
            assert answer.status_code == (200 if sees else 403)
            assert not sees or answer.json()["results"][0]["spans"]
            answer = await client.post("/v1alpha1/comments:analyze", json=comment, headers=key)
            parts = answer.json()["attributeScores"]["MISOGYNY"]["spanScores"]
            assert len(parts) == (2 if sees else 1)
