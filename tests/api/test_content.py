"""A platform sends its texts: each is judged, kept, queued for review, and can be erased."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from modsvc.app import create_app
from modsvc.engine.batching import Batcher
from modsvc.errors import EngineFailure, Overloaded
from modsvc.store.database import Database
from modsvc.store.tables import Content, Decision, Event, Item
from modsvc.store.verify import verify
from modsvc.types import Content as Text
from tests import fuzz_api
from tests.api.serving import in_process, make_settings
from tests.databases import SECRET


@pytest.fixture
def app(tiny_artifact: Path, database_url: str) -> FastAPI:
    return create_app(make_settings(tiny_artifact, database_url=database_url, secret_key=SECRET))


@pytest.fixture
async def platform(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with in_process(app) as client:
        yield client


def rows(app: FastAPI, table: Any) -> list[Any]:
    database: Database = app.state.service.database
    with database.reading() as session:
        assert list(verify(session)) == []
        return list(session.scalars(select(table)))


async def send(client: httpx.AsyncClient, *items: dict[str, Any], **headers: str) -> Any:
    answer = await client.post("/v1/content", json={"items": items}, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json()["items"]


async def test_a_harmless_and_a_hateful_text(platform: httpx.AsyncClient, app: FastAPI) -> None:
    fine, bad = await send(
        platform,
        {"content_id": "c1", "text": "hello women", "author_id": "ana"},
        {
            "content_id": "c2",
            "text": "hello threatsword",
            "community": "school",
            "language": "en",
            "url": "https://forum.example/c2",
            "created_at": "2026-03-01T12:00:00+02:00",
            "context": {"parent": "the women"},
        },
    )
    assert (fine["id"], fine["version"], fine["item"]) == ("c1", 1, None)
    assert fine["decision"]["reason_codes"] == ["below_thresholds"]
    assert bad["decision"]["action"] == "withhold"
    assert bad["decision"]["policy_version"].startswith("default-1+")
    # What was answered is there, whole, and what was flagged waits for people.
    kept = {row.content_id: row for row in rows(app, Content)}
    assert kept["c1"].author_key not in (None, "ana")
    assert (kept["c2"].community, kept["c2"].parent_text) == ("school", "the women")
    [item] = rows(app, Item)
    assert (item.id, item.community, item.language) == (bad["item"], "school", "en")
    assert (item.category, item.severity) == ("threats", 1.0)
    [_, decision] = sorted(rows(app, Decision), key=lambda row: row.id)
    assert decision.spans[0]["start"] == 6


async def test_what_a_platform_can_ask_afterwards(platform: httpx.AsyncClient) -> None:
    [sent] = await send(platform, {"content_id": "c1", "text": "hello hateword"})
    state = (await platform.get("/v1/content/c1")).json()
    assert {key: state[key] for key in sent} == sent
    assert (state["status"], state["action"]) == ("pending", sent["decision"]["action"])
    assert [event["kind"] for event in state["events"]] == ["received", "decided", "flagged"]
    assert "hateword" not in str(state)
    assert (await platform.get("/v1/content/c1?community=school")).status_code == 404
    assert (await platform.get("/v1/content/c2")).status_code == 404


async def test_the_same_text_again_is_answered_from_the_store(
    platform: httpx.AsyncClient, app: FastAPI
) -> None:
    text = {"content_id": "c1", "text": "hello hateword"}
    [first] = await send(platform, text)
    assert await send(platform, text, text) == [first, first]
    assert len(rows(app, Decision)) == len(rows(app, Item)) == 1
    # In another community it is another content.
    [other] = await send(platform, {**text, "community": "school"})
    assert other["decision"]["id"] != first["decision"]["id"]


async def test_an_edited_text_is_a_new_version(platform: httpx.AsyncClient) -> None:
    [first] = await send(platform, {"content_id": "c1", "text": "hello hateword"})
    [second] = await send(platform, {"content_id": "c1", "text": "hello women"})
    assert (first["version"], second["version"]) == (1, 2)
    state = (await platform.get("/v1/content/c1")).json()
    assert (state["version"], state["action"], state["status"]) == (2, "allow", "decided")
    assert {event["version"] for event in state["events"]} == {1, 2}


async def test_an_idempotency_key_is_good_for_one_request(
    platform: httpx.AsyncClient, app: FastAPI
) -> None:
    text = {"content_id": "c1", "text": "hello hateword"}
    first = await send(platform, text, **{"Idempotency-Key": "k1"})
    await send(platform, {"content_id": "c1", "text": "hello women"})
    # The key's own answer, though the content has another version by now.
    assert await send(platform, text, **{"Idempotency-Key": "k1"}) == first
    other = {"items": [{**text, "text": "the women"}]}
    refused = await platform.post("/v1/content", json=other, headers={"Idempotency-Key": "k1"})
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:modsvc:problem:idempotency-mismatch"
    assert len(rows(app, Content)) == 2


async def test_many_at_once_with_one_key_are_kept_once(
    platform: httpx.AsyncClient, app: FastAPI
) -> None:
    text = {"content_id": "c1", "text": "hello hateword"}
    answers = await asyncio.gather(
        *(send(platform, text, **{"Idempotency-Key": "k1"}) for _ in range(8))
    )
    assert all(answer == answers[0] for answer in answers)
    assert len(rows(app, Content)) == len(rows(app, Item)) == 1


async def test_a_wrong_key_among_many_requests_is_that_ones_error(
    platform: httpx.AsyncClient, app: FastAPI
) -> None:
    """Requests that wait together share a transaction, and nothing else."""

    async def post(number: int, key: str) -> int:
        body = {"content_id": f"c{number}", "text": "hello hateword"}
        answer = await platform.post("/v1/content", json=body, headers={"Idempotency-Key": key})
        return answer.status_code

    statuses = await asyncio.gather(*(post(n, f"k{n if n < 8 else 0}") for n in range(10)))
    assert sorted(statuses) == [202] * 8 + [422] * 2
    assert len(rows(app, Content)) == 8


async def test_what_the_model_fails_on_is_kept_and_goes_to_people(
    platform: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: Batcher, contents: Sequence[Text], *, deadline_s: float) -> Any:
        raise EngineFailure("broken")

    monkeypatch.setattr(Batcher, "score", fail)
    [kept] = await send(platform, {"content_id": "c1", "text": "hello women", "language": "es"})
    decision = kept["decision"]
    assert (decision["action"], decision["reason_codes"]) == ("review", ["engine_failure"])
    assert (decision["probability"], decision["categories"]) == (None, None)
    [item] = rows(app, Item)
    assert (item.id, item.language, item.category) == (kept["item"], "es", None)


async def test_a_full_queue_keeps_nothing(
    platform: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: Batcher, contents: Sequence[Text], *, deadline_s: float) -> Any:
        raise Overloaded("full", retry_after_s=3)

    monkeypatch.setattr(Batcher, "score", fail)
    answer = await platform.post("/v1/content", json={"content_id": "c1", "text": "hello"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert rows(app, Content) == []


async def test_erasing_takes_the_words_and_leaves_the_record(
    platform: httpx.AsyncClient, app: FastAPI
) -> None:
    for text in ("hello hateword", "hello women"):
        await send(platform, {"content_id": "c1", "text": text})
    assert (await platform.delete("/v1/content/c2")).status_code == 404
    assert (await platform.delete("/v1/content/c1")).status_code == 204
    assert [row.text for row in rows(app, Content)] == [None, None]
    state = (await platform.get("/v1/content/c1")).json()
    assert state["erased_at"] is not None
    assert state["events"][-1]["kind"] == "erased"
    assert [event.kind for event in rows(app, Event)].count("decided") == 2
    assert (await platform.delete("/v1/content/c1")).status_code == 204
    # Sent again unchanged, it stays erased.
    [again] = await send(platform, {"content_id": "c1", "text": "hello women"})
    assert again["version"] == 2


async def test_an_author_is_forgotten(platform: httpx.AsyncClient, app: FastAPI) -> None:
    author = "ana/7 ü"
    for number, community in enumerate(("", "school", "school")):
        item = {"content_id": f"c{number}", "text": "hello", "community": community}
        await send(platform, {**item, "author_id": author})
    await send(platform, {"content_id": "other", "text": "hello", "author_id": "ben"})
    path = f"/v1/authors/{quote(author, safe='')}"
    assert (await platform.delete(f"{path}?community=school")).json() == {"erased": 2}
    assert (await platform.delete(path)).json() == {"erased": 1}
    assert (await platform.delete(path)).json() == {"erased": 0}
    assert [row.content_id for row in rows(app, Content) if row.text is not None] == ["other"]


async def test_generated_items_never_break_the_service(
    platform: httpx.AsyncClient, app: FastAPI
) -> None:
    statuses: Counter[int] = Counter()
    for number in range(200):
        item = generated(random.Random(number))
        # As JSON escapes it: some texts are no UTF-8.
        answer = await platform.post("/v1/content", content=json.dumps(item))
        statuses[answer.status_code] += 1
        assert answer.status_code in (202, 413, 422), f"item {number}"
        if answer.status_code == 202:
            [kept] = answer.json()["items"]
            path = f"/v1/content/{quote(kept['id'], safe='')}"
            state = await platform.get(path, params={"community": kept["community"]})
            assert state.json()["decision"] == kept["decision"], f"item {number}"
    assert min(statuses[202], statuses[422]) > 30
    assert rows(app, Content)


def generated(rng: random.Random) -> dict[str, Any]:
    odd = (
        *fuzz_api.SCALARS,
        "9999-12-31T23:59:59-23:00",
        "en-aaaaaaaa-bbbbbbbb-cccccccc",
        "\ufffe",
    )
    made: dict[str, Any] = {"content_id": f"c{rng.randrange(20)}", "text": fuzz_api.text(rng)}
    for key in ("content_id", "language", "community", "author_id", "url", "created_at"):
        if rng.random() < 0.15:
            made[key] = rng.choice((*odd, fuzz_api.text(rng)))
    return made


@pytest.mark.parametrize(
    ("item", "at"),
    [
        ({"text": "a"}, "content_id"),
        ({"content_id": "", "text": "a"}, "content_id"),
        ({"content_id": "a/b", "text": "a"}, "content_id"),
        ({"content_id": "..", "text": "a"}, "content_id"),
        ({"content_id": "a\u0000", "text": "a"}, "content_id"),
        ({"content_id": "a"}, "text"),
        ({"content_id": "a", "text": "a", "community": "\n"}, "community"),
        ({"content_id": "a", "text": "a", "created_at": "2026-03-01T12:00:00"}, "created_at"),
        ({"content_id": "a", "text": "a", "created_at": "0001-01-01T00:00:00+14:00"}, "created_at"),
        ({"content_id": "a", "text": "a", "xyzzy": 1}, "(unknown key)"),
    ],
)
async def test_a_wrong_item_is_refused_by_the_name_of_the_key(
    tiny_artifact: Path, item: dict[str, Any], at: str
) -> None:
    async with in_process(create_app(make_settings(tiny_artifact))) as client:
        answer = await client.post("/v1/content", json=item)
        assert answer.status_code == 422
        assert [error["at"] for error in answer.json()["errors"]] == [at]
        assert answer.headers["content-type"] == "application/problem+json"


async def test_words_that_no_database_holds_are_kept_as_they_can_be(
    platform: httpx.AsyncClient, app: FastAPI
) -> None:
    raw = b'{"content_id": "c1", "text": "hello \\u0000 \\ud83d hateword", "author_id": "\\u0000"}'
    assert (await platform.post("/v1/content", content=raw)).status_code == 202
    [content] = rows(app, Content)
    assert content.text == "hello \ufffd \ufffd hateword"
    long_tag = {"content_id": "c2", "text": "hello", "language": "en-aaaaaaaa-bbbbbbbb-cccccccc-d"}
    assert (await platform.post("/v1/content", json=long_tag)).status_code == 202
