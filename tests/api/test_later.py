"""A platform in a burst has its texts kept at once, and learns what was decided soon after."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from modsvc.api.deps import Service
from modsvc.app import create_app
from modsvc.engine.batching import Batcher
from modsvc.errors import EngineFailure, Overloaded, StoreUnavailable
from modsvc.ingest import later
from modsvc.ingest.keep import Keep
from modsvc.ingest.later import AT_ONCE, MOST_ATTEMPTS, Later
from modsvc.store import contents
from modsvc.store import waiting as line
from modsvc.store.contents import Draft
from modsvc.store.retention import sweep
from modsvc.store.tables import Content, Decision, Event, IdempotencyKey, Item, Outbox, Waiting
from modsvc.store.verify import verify
from modsvc.store.waiting import Line
from modsvc.types import Content as Text
from tests.api.conftest import Held
from tests.api.serving import in_process, make_settings
from tests.databases import SECRET

#: How Later begins, for those who have it wait.
BEGIN = Later.start


@pytest.fixture
def app(tiny_artifact: Path, database_url: str) -> FastAPI:
    return create_app(
        make_settings(
            tiny_artifact, database_url=database_url, secret_key=SECRET, webhook_allow_private=True
        )
    )


@pytest.fixture
async def platform(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with in_process(app) as client:
        yield client


@pytest.fixture
async def waiting(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A service that has no time to decide, until it is told to `decide`."""
    monkeypatch.setattr(Later, "start", lambda self: None)
    async with in_process(app) as client:
        yield client


def service_of(app: FastAPI) -> Service:
    service: Service = app.state.service
    return service


async def decide(app: FastAPI) -> None:
    """Begin to decide, and return when nothing waits."""
    BEGIN(service_of(app).later)
    await until_decided(app)


async def until_decided(app: FastAPI) -> None:
    """Until nothing waits, and the service has taken notice: it does so after the commit."""
    async with asyncio.timeout(120):
        while how_many_wait(app) or service_of(app).later._room.waiting:
            await asyncio.sleep(0.01)
    assert rows(app, Waiting) == []


def how_many_wait(app: FastAPI) -> int:
    """Without a look at the whole record, which keeps the service from its work."""
    with service_of(app).database.reading() as session:
        return session.scalar(select(func.count()).select_from(Waiting)) or 0


def rows(app: FastAPI, table: Any) -> list[Any]:
    with service_of(app).database.reading() as session:
        assert list(verify(session)) == []
        return list(session.scalars(select(table)))


async def post(client: httpx.AsyncClient, *items: dict[str, Any], **headers: str) -> httpx.Response:
    sent = {"Prefer": "respond-async", **headers}
    return await client.post("/v1/content", json={"items": items}, headers=sent)


async def send(client: httpx.AsyncClient, *items: dict[str, Any], **headers: str) -> Any:
    answer = await post(client, *items, **headers)
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.headers["vary"] == "Prefer"
    return answer.json()["items"]


async def state(client: httpx.AsyncClient, name: str) -> Any:
    return (await client.get(f"/v1/content/{name}")).json()


FINE = {"content_id": "c1", "text": "hello women"}
BAD = {"content_id": "c2", "text": "hello threatsword", "author_id": "ana"}


async def test_texts_are_kept_at_once_and_decided_on_soon(
    waiting: httpx.AsyncClient, app: FastAPI
) -> None:
    fine, bad = await send(waiting, FINE, BAD)
    assert fine == {
        "id": "c1",
        "community": "",
        "version": 1,
        "status": "waiting",
        "decision": None,
        "item": None,
    }
    shown = await state(waiting, "c2")
    assert {key: shown[key] for key in bad} == bad
    assert (shown["action"], shown["categories"], shown["erased_at"]) == (None, None, None)
    assert [event["kind"] for event in shown["events"]] == ["received"]
    assert [row.author_key is None for row in rows(app, Content)] == [True, False]

    await decide(app)

    shown = await state(waiting, "c2")
    assert (shown["status"], shown["action"]) == ("pending", "withhold")
    assert [event["kind"] for event in shown["events"]] == ["received", "decided", "flagged"]
    # Scored as any other: the item has its category, the reviewer the spans.
    [item] = rows(app, Item)
    assert (item.id, item.category, item.severity) == (shown["item"], "threats", 1.0)
    [decision] = [row for row in rows(app, Decision) if row.id == shown["decision"]["id"]]
    assert decision.spans[0]["start"] == 6
    assert (await state(waiting, "c1"))["action"] == "allow"
    metrics = (await waiting.get("/metrics")).text
    assert 'modsvc_decisions_total{action="withhold",language="' in metrics
    assert "modsvc_items_total 2.0" in metrics


async def test_nothing_changes_for_who_does_not_ask_for_it(platform: httpx.AsyncClient) -> None:
    for fields in ({}, {"Prefer": "return=minimal, wait=5"}):
        answer = await platform.post("/v1/content", json=FINE, headers=fields)
        [kept] = answer.json()["items"]
        assert kept["decision"]["action"] == "allow"
        assert "status" not in kept
        assert not {"preference-applied", "vary"} & set(answer.headers)


@pytest.mark.parametrize("field", ["Respond-Async", "wait=10, respond-async", "respond-async; a=b"])
async def test_the_preference_is_read_as_its_standard_says(
    waiting: httpx.AsyncClient, field: str
) -> None:
    [kept] = await send(waiting, FINE, Prefer=field)
    assert kept["status"] == "waiting"


async def test_sent_again_it_waits_on_and_known_ones_are_answered(
    waiting: httpx.AsyncClient, app: FastAPI
) -> None:
    [first] = await send(waiting, BAD)
    assert await send(waiting, BAD, BAD) == [first, first]
    await decide(app)
    [known] = await send(waiting, BAD)
    assert (known["decision"]["action"], known["version"]) == ("withhold", 1)
    assert len(rows(app, Content)) == len(rows(app, Decision)) == len(rows(app, Item)) == 1


async def test_an_idempotency_key_has_one_answer(waiting: httpx.AsyncClient, app: FastAPI) -> None:
    key = {"Idempotency-Key": "k1"}
    answers = await asyncio.gather(*(send(waiting, BAD, **key) for _ in range(8)))
    assert all(answer == answers[0] for answer in answers)
    other = await post(waiting, FINE, **key)
    assert other.json()["type"] == "urn:modsvc:problem:idempotency-mismatch"
    await decide(app)
    assert await send(waiting, BAD, **key) == answers[0]
    again = await waiting.post("/v1/content", json={"items": [BAD]}, headers=key)
    assert again.json()["items"] == answers[0]
    assert len(rows(app, Content)) == len(rows(app, IdempotencyKey)) == 1


async def test_who_will_not_wait_for_it_to_wait_has_it_decided(
    waiting: httpx.AsyncClient, app: FastAPI
) -> None:
    await send(waiting, BAD)
    [kept] = (await waiting.post("/v1/content", json=BAD)).json()["items"]
    assert (kept["version"], kept["decision"]["action"]) == (1, "withhold")
    assert rows(app, Waiting) == []
    assert len(rows(app, Decision)) == 1


async def test_an_older_version_is_decided_on_too(waiting: httpx.AsyncClient, app: FastAPI) -> None:
    [first] = await send(waiting, BAD)
    [second] = await send(waiting, {**BAD, "text": "hello women"})
    assert (first["version"], second["version"]) == (1, 2)
    await decide(app)
    versions = {row.id: row.version for row in rows(app, Content)}
    actions = {versions[row.content]: row.action for row in rows(app, Decision)}
    assert actions == {1: "withhold", 2: "allow"}


async def test_webhooks_are_told_as_ever(waiting: httpx.AsyncClient, app: FastAPI) -> None:
    hook = {"url": "http://127.0.0.1:9/", "events": ["decision.made"], "community": "school"}
    assert (await waiting.post("/v1/admin/webhooks", json=hook)).status_code == 201
    await send(waiting, {**BAD, "community": "school"}, FINE)
    assert rows(app, Outbox) == []
    await decide(app)
    [message] = rows(app, Outbox)
    assert message.payload["content"]["id"] == "c2"
    assert message.payload["content"]["decision"]["action"] == message.payload["action"]


async def test_what_the_model_fails_on_goes_to_people_and_holds_nobody_up(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    score = Batcher.score

    async def fail(self: Batcher, contents: Sequence[Text], *, deadline_s: float | None) -> Any:
        if any("poison" in content.text for content in contents):
            raise EngineFailure("broken")
        return await score(self, contents, deadline_s=deadline_s)

    monkeypatch.setattr(Batcher, "score", fail)
    texts = [{"content_id": f"c{n}", "text": f"hello women {n}"} for n in range(AT_ONCE + 5)]
    poison = {"content_id": "bad", "text": "hello poison"}
    await send(waiting, texts[0], poison, *texts[1:])
    await decide(app)
    decided = {row.content: row for row in rows(app, Decision)}
    names = {row.id: row.content_id for row in rows(app, Content)}
    others = {row.action for name, row in decided.items() if names[name] != "bad"}
    assert others == {"allow"}
    [failed] = [row for name, row in decided.items() if names[name] == "bad"]
    assert (failed.action, failed.reason_codes) == ("review", ["engine_failure"])
    assert len(decided) == len(names) == AT_ONCE + 6
    [item] = rows(app, Item)
    assert names[item.content] == "bad"


async def test_what_cannot_be_kept_goes_to_people_too(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = Keep.settle

    def fail(self: Keep, session: Any, judged: Any, engine: Any) -> Any:
        if any("poison" in one.content.text and one.score for one in judged.values()):
            raise ValueError("no such number")
        return settle(self, session, judged, engine)

    monkeypatch.setattr(Keep, "settle", fail)
    await send(waiting, {"content_id": "bad", "text": "hello poison"}, FINE)
    await decide(app)
    assert sorted(row.action for row in rows(app, Decision)) == ["allow", "review"]


async def test_what_takes_the_service_down_is_not_tried_for_ever(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(waiting, FINE)
    with service_of(app).database.transaction() as session:
        session.execute(update(Waiting).values(attempts=MOST_ATTEMPTS))

    async def die(*given: object) -> Any:
        raise AssertionError("scored once more")

    monkeypatch.setattr(later, "judge", die)
    await decide(app)
    [decision] = rows(app, Decision)
    assert (decision.action, decision.score_failed) == ("review", "engine_failure")


async def test_a_full_writer_is_waited_for_and_is_no_fault_of_the_text(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(waiting, FINE)
    with service_of(app).database.transaction() as session:
        session.execute(update(Waiting).values(attempts=MOST_ATTEMPTS))
    settle, failures = Keep.settle, []

    def fail(self: Keep, session: Any, judged: Any, engine: Any) -> Any:
        if not failures:
            failures.append(len(judged))
            raise Overloaded("too much waits", retry_after_s=1)
        return settle(self, session, judged, engine)

    monkeypatch.setattr(Keep, "settle", fail)
    monkeypatch.setattr(line, "LEASE", timedelta(0))
    with capture_logs() as logs:
        await decide(app)
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["deciding_failed"]
    assert failures == [1]


async def test_a_text_that_is_erased_while_it_waits_is_never_decided_on(
    waiting: httpx.AsyncClient, app: FastAPI
) -> None:
    await send(waiting, FINE, BAD, {**BAD, "content_id": "c3"})
    assert (await waiting.delete("/v1/content/c1")).status_code == 204
    assert (await waiting.delete("/v1/authors/ana")).json() == {"erased": 2}
    await decide(app)
    assert rows(app, Decision) == rows(app, Item) == []
    shown = await state(waiting, "c2")
    assert (shown["status"], shown["decision"], shown["action"]) == ("withdrawn", None, None)
    assert [event["kind"] for event in shown["events"]] == ["received", "erased"]
    # Sent again unchanged it stays erased, whatever its sender prefers.
    [again] = await send(waiting, BAD)
    [now] = (await waiting.post("/v1/content", json=BAD)).json()["items"]
    assert again == now
    assert (now["status"], now["version"], now["decision"]) == ("withdrawn", 1, None)
    assert rows(app, Waiting) == rows(app, Decision) == []


async def test_a_text_that_is_erased_while_it_is_scored_is_not_decided_on(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = later.judge

    async def meanwhile(*given: Any) -> Any:
        judged = await judge(*given)
        assert (await waiting.delete("/v1/content/c1")).status_code == 204
        return judged

    monkeypatch.setattr(later, "judge", meanwhile)
    await send(waiting, FINE, BAD)
    await decide(app)
    [decision] = rows(app, Decision)
    assert decision.action == "withhold"


async def test_texts_past_their_days_wait_no_more(waiting: httpx.AsyncClient, app: FastAPI) -> None:
    await send(waiting, FINE)
    assert sweep(service_of(app).database, 0).contents == 1
    assert rows(app, Waiting) == []


async def test_there_is_nothing_to_appeal_against_yet(waiting: httpx.AsyncClient) -> None:
    await send(waiting, FINE)
    refused = await waiting.post("/v1/appeals", json={"content_id": "c1", "words": "It is mine."})
    assert (refused.status_code, refused.json()["detail"][:18]) == (403, "Nothing is decided")


async def test_beyond_a_bound_they_have_to_come_again(
    tiny_artifact: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Later, "start", lambda self: None)
    settings = make_settings(
        tiny_artifact, database_url=database_url, secret_key=SECRET, max_waiting=3
    )
    app = create_app(settings)
    async with in_process(app) as client:
        await send(client, FINE, BAD)
        refused = await post(client, *({**FINE, "content_id": f"d{n}"} for n in range(2)))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert len(rows(app, Content)) == 2
        await send(client, {**FINE, "content_id": "d1"})
        assert (await post(client, {**FINE, "content_id": "d2"})).status_code == 429
        # Who waits for the decision takes no room.
        answer = await client.post("/v1/content", json={**FINE, "content_id": "d2"})
        assert answer.status_code == 202
        never = await post(client, *({**FINE, "content_id": f"e{n}"} for n in range(4)))
        assert never.status_code == 413
        shown = (await client.get("/metrics")).text
        assert "modsvc_content_waiting 3.0" in shown
        await decide(app)
        await send(client, {**FINE, "content_id": "d3"})
        await until_decided(app)


async def test_what_waits_when_the_service_ends_is_the_next_ones(
    tiny_artifact: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(tiny_artifact, database_url=database_url, secret_key=SECRET)
    app = create_app(settings)
    with monkeypatch.context() as patched:
        patched.setattr(Later, "start", lambda self: None)
        async with in_process(app) as client:
            await send(client, FINE, BAD)
    again = create_app(settings)
    async with in_process(again) as client:
        await until_decided(again)
        assert (await state(client, "c2"))["action"] == "withhold"
        shown = (await client.get("/metrics")).text
        assert "modsvc_background_failures_total 0.0" in shown


async def test_the_service_ends_although_the_model_has_much_to_do(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def take_for_ever(*given: Any) -> Any:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(later, "judge", take_for_ever)
    await send(waiting, FINE, BAD)
    BEGIN(service_of(app).later)
    await begun.wait()
    assert {row.attempts for row in rows(app, Waiting)} == {1}
    await asyncio.wait_for(service_of(app).later.stop(), 60)
    # They are for anybody, and nothing is held against them.
    assert [(row.taken_at, row.attempts) for row in rows(app, Waiting)] == [(None, 0)] * 2


async def test_the_service_ends_at_once_although_it_has_just_taken_texts(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, taking, go_on = line.claim, threading.Event(), threading.Event()

    def take_time(*given: Any) -> Any:
        taking.set()
        go_on.wait(10)
        return claim(*given)

    async def take_for_ever(*given: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(line, "claim", take_time)
    monkeypatch.setattr(later, "judge", take_for_ever)
    await send(waiting, FINE, BAD)
    BEGIN(service_of(app).later)
    await asyncio.to_thread(taking.wait, 10)
    stopping = asyncio.create_task(service_of(app).later.stop())
    await asyncio.sleep(0)
    go_on.set()
    # Not by `wait_for`, which would cancel what is to end by itself.
    done, _ = await asyncio.wait([stopping], timeout=5)
    assert done
    assert [(row.taken_at, row.attempts) for row in rows(app, Waiting)] == [(None, 0)] * 2


async def test_those_that_were_to_be_tried_alone_when_it_ends_are_for_anybody(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = asyncio.Event()

    async def fail_or_hang(loaded: Any, contents: Sequence[Text], deadline_s: Any) -> Any:
        if len(contents) > 1:
            raise EngineFailure("broken")
        alone.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(later, "judge", fail_or_hang)
    await send(waiting, FINE, BAD, {**BAD, "content_id": "c3"})
    BEGIN(service_of(app).later)
    await alone.wait()
    await asyncio.wait_for(service_of(app).later.stop(), 5)
    assert [(row.taken_at, row.attempts) for row in rows(app, Waiting)] == [(None, 0)] * 3


async def test_a_text_is_decided_on_although_it_was_not_counted(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = threading.Event()

    def see_nothing(session: Any) -> Line:
        looked.set()
        return Line(0, None)

    monkeypatch.setattr(line, "line", see_nothing)
    monkeypatch.setattr(later, "_LOOK_S", 0.01)
    await send(waiting, FINE)
    BEGIN(service_of(app).later)
    await until_decided(app)
    await asyncio.to_thread(looked.wait, 10)
    await send(waiting, BAD)
    await until_decided(app)


async def test_what_waits_is_counted_while_the_model_has_much_to_do(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def take_for_ever(*given: Any) -> Any:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(later, "judge", take_for_ever)
    monkeypatch.setattr(later, "_LOOK_S", 0.01)
    await send(waiting, FINE)
    BEGIN(service_of(app).later)
    await begun.wait()
    # Another service takes two more.
    with service_of(app).database.transaction() as session:
        drafts = [Draft(content_id=f"d{n}", text=f"hello you {n}") for n in range(2)]
        made = [contents.put(session, draft, actor="test").content for draft in drafts]
        line.add(session, [content.id for content in made])
    async with asyncio.timeout(60):
        while "modsvc_content_waiting 3.0" not in (await waiting.get("/metrics")).text:
            await asyncio.sleep(0.01)
    await service_of(app).later.stop()


async def test_a_look_that_fails_is_told_and_the_next_one_sees(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    deciding, failures = service_of(app).later, []
    count = deciding._line

    def fail() -> Line:
        if not failures:
            failures.append(1)
            raise StoreUnavailable("away")
        return count()

    # Of this service alone: others of the session look meanwhile, and would have the failure.
    monkeypatch.setattr(deciding, "_line", fail)
    monkeypatch.setattr(later, "_LOOK_S", 0.01)
    await send(waiting, FINE)
    with capture_logs() as logs:
        await decide(app)
        async with asyncio.timeout(60):
            while not (told := [one for one in logs if one["log_level"] == "error"]):
                await asyncio.sleep(0.01)
    assert [one["event"] for one in told] == ["deciding_failed"]
    assert "modsvc_background_failures_total 1.0" in (await waiting.get("/metrics")).text


async def test_several_services_share_the_work_and_decide_once(
    tiny_artifact: Path, database_url: str
) -> None:
    settings = make_settings(tiny_artifact, database_url=database_url, secret_key=SECRET)
    apps = [create_app(settings) for _ in range(2)]
    async with several(apps) as clients:
        await asyncio.gather(
            *(
                send(clients[n % 2], {"content_id": f"c{n}", "text": f"hello hateword {n}"})
                for n in range(3 * AT_ONCE)
            )
        )
        await until_decided(apps[0])
        for table in (Content, Decision, Item):
            assert len(rows(apps[0], table)) == 3 * AT_ONCE
        kinds = [event.kind for event in rows(apps[0], Event)]
    assert kinds.count("decided") == kinds.count("received") == 3 * AT_ONCE


@asynccontextmanager
async def several(apps: Sequence[FastAPI]) -> AsyncIterator[list[httpx.AsyncClient]]:
    async with in_process(apps[0]) as one, in_process(apps[1]) as other:
        yield [one, other]


async def test_who_waits_for_a_score_goes_before_the_backlog(
    waiting: httpx.AsyncClient, app: FastAPI, held: Held
) -> None:
    items = [{"content_id": f"c{n}", "text": f"hello women {n} " * 40} for n in range(128)]
    await send(waiting, *items)
    BEGIN(service_of(app).later)
    assert await asyncio.to_thread(held.busy.wait, 60)
    asked = asyncio.create_task(waiting.post("/v1/score", json={"text": "hello you"}))
    async with asyncio.timeout(60):
        while service_of(app).pipeline.queue_depth != 1:
            await asyncio.sleep(0.01)
    held.go.set()
    assert (await asked).status_code == 200
    # A batch is one of the texts that wait, and the first one was under way.
    assert held.scored.index("hello you") == 1
    await until_decided(app)
    assert len(held.scored) == 129


async def test_a_database_that_is_away_is_waited_for(
    waiting: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(waiting, FINE)
    settle, failures = Keep.settle, []

    def fail(self: Keep, session: Any, judged: Any, engine: Any) -> Any:
        if not failures:
            failures.append(len(judged))
            raise StoreUnavailable("away")
        return settle(self, session, judged, engine)

    monkeypatch.setattr(Keep, "settle", fail)
    monkeypatch.setattr(line, "LEASE", timedelta(0))
    await decide(app)
    [decision] = rows(app, Decision)
    assert (failures, decision.action) == ([1], "allow")
