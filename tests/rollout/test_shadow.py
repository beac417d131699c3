"""A candidate scores a sample of live texts; nobody waits for it, and nothing of a text is kept."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from modsvc.app import create_app
from modsvc.engine.engine import Engine
from modsvc.pipeline import Pipeline
from modsvc.rollout.sampling import Sampler
from modsvc.rollout.shadowing import MAX_WAITING
from modsvc.store.tables import ShadowCount
from modsvc.types import Content, Score
from tests.api.serving import in_process, make_settings
from tests.rollout.test_swaps import URL, events, metric, service_of, swap, until


async def begin(client: httpx.AsyncClient, path: str = "strict", share: float = 1.0) -> None:
    answer = await client.post(URL, json={"shadow": {"path": path, "share": share}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["shadow"]["version"] == f"tiny-{path}"


async def post(client: httpx.AsyncClient, *texts: str, language: str = "en") -> None:
    items = [{"text": text, "language": language} for text in texts]
    for start in range(0, len(items), 100):
        answer = await client.post("/v1/score", json={"items": items[start : start + 100]})
        assert answer.status_code == 200
        assert answer.json()["model_version"] == "tiny-one"


def counted(app: FastAPI, language: str, outcome: str) -> float:
    found = metric(app, "modsvc_shadow_texts_total", language=language, outcome=outcome)
    return found or 0.0


async def test_differences_are_counted_by_language(app: FastAPI, client: httpx.AsyncClient) -> None:
    await begin(client)
    texts = ["hello a", "hello b", "hateword c", "hateword d"]
    await post(client, *texts)
    # Repeats do not weigh, not even in another request.
    await post(client, *texts)
    await post(client, "привет мир", language="ru")
    await post(client, "tiny words", language="xx")
    await until(lambda: counted(app, "unsupported", "same") + counted(app, "unsupported", "more"))
    assert (counted(app, "en", "more"), counted(app, "en", "same")) == (2, 2)
    # The other model's counts are kept when it goes, at the latest.
    await client.post(URL, json={"shadow": None})
    with service_of(app).database.reading() as session:
        rows = {row.language: row for row in session.query(ShadowCount)}
    assert set(rows) == {"en", "ru", "unsupported"}
    english = rows["en"]
    assert (english.active, english.candidate) == ("tiny-one", "tiny-strict")
    assert (english.texts, english.same, english.more, english.fewer) == (4, 2, 2, 0)
    assert english.difference > 1
    assert sum(english.histogram) == 4
    await begin(client)
    shown = (await client.get(URL)).json()["shadow"]
    assert shown["by_language"]["en"]["texts"] == 4
    assert shown["by_language"]["en"]["mean_difference"] == pytest.approx(
        english.difference / 4, abs=1e-6
    )
    made = events(app, "model_shadow_set")
    assert [(one.actor, one.data["version"]) for one in made] == [
        ("local", "tiny-strict"),
        ("local", None),
        ("local", "tiny-strict"),
    ]


async def test_a_candidate_that_hangs_delays_nobody(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, score = threading.Event(), Engine.score

    def hang(self: Engine, contents: Sequence[Content]) -> list[Score]:
        if self.artifact.model_version == "tiny-strict":
            go_on.wait(30)
        return score(self, contents)

    monkeypatch.setattr(Engine, "score", hang)
    await begin(client)
    try:
        await post(client, *(f"hello {number}" for number in range(MAX_WAITING + 50)))
        shown = (await client.get(URL)).json()["shadow"]
        assert shown["dropped"] >= 49
        assert shown["waiting"] <= MAX_WAITING
        assert (metric(app, "modsvc_shadow_dropped_total") or 0) >= 49
    finally:
        go_on.set()


async def test_a_candidate_that_fails_fails_nobody(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    score = Engine.score

    def fail(self: Engine, contents: Sequence[Content]) -> list[Score]:
        if self.artifact.model_version == "tiny-strict":
            raise RuntimeError("broken")
        return score(self, contents)

    monkeypatch.setattr(Engine, "score", fail)
    await begin(client)
    await post(client, "hello a", "hello b")
    await until(lambda: counted(app, "unknown", "failed") == 2)
    assert (await client.get(URL)).json()["shadow"]["failed"] == 2


async def test_an_error_of_the_sample_reaches_nobody(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> bool:
        raise RuntimeError("broken")

    await begin(client)
    monkeypatch.setattr(Sampler, "chooses", fail)
    await post(client, "hello a")


async def test_it_waits_while_others_do(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(client)
    monkeypatch.setattr(Pipeline, "queue_depth", property(lambda self: 9))
    await post(client, "hello a")
    assert metric(app, "modsvc_shadow_dropped_total") == 1
    monkeypatch.setattr(Pipeline, "queue_depth", property(lambda self: 8))
    await post(client, "hello b")
    await until(lambda: counted(app, "en", "more") == 1)
    assert counted(app, "en", "same") == 0


async def test_it_works_at_a_lower_priority(app: FastAPI, client: httpx.AsyncClient) -> None:
    await begin(client)
    await post(client, "hello a")
    await until(lambda: counted(app, "en", "more") == 1)
    [thread] = [one for one in threading.enumerate() if one.name == "shadow"]
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, thread.native_id or 0) == min(19, mine + 10)


async def test_when_the_candidate_answers_it_is_not_compared_with_itself(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    await begin(client, "two")
    assert (await swap(client, "two")).status_code == 200
    answer = await client.post("/v1/score", json={"text": "hello a"})
    assert answer.json()["model_version"] == "tiny-two"
    assert (await client.get(URL)).json()["shadow"]["waiting"] == 0
    assert counted(app, "en", "same") + counted(app, "unsupported", "same") == 0


async def test_the_settings_may_name_one(models: Path) -> None:
    named = {"shadow_model_dir": models / "strict", "shadow_share": 1.0}
    app = create_app(make_settings(models / "one", **named))
    async with in_process(app) as client:
        await until(lambda: service_of(app).shadow.at_work)
        shown = (await client.get(URL)).json()["shadow"]
        assert (shown["version"], shown["share"], shown["by"]) == ("tiny-strict", 1.0, "system")
        await post(client, "hello a")
        await until(lambda: counted(app, "en", "more") == 1)
    # What was counted is kept when the service stops.
    again = create_app(make_settings(models / "one", data_dir=service_of(app).settings.data_dir))
    with service_of(again).database.reading() as session:
        assert [row.texts for row in session.query(ShadowCount)] == [1]


async def test_a_bad_candidate_does_not_keep_the_service_from_starting(models: Path) -> None:
    app = create_app(make_settings(models / "one", shadow_model_dir=models / "none"))
    async with in_process(app) as client:
        await until(
            lambda: metric(app, "modsvc_model_swaps_total", outcome="refused_artefact") == 1
        )
        await post(client, "hello a")
        assert (await client.get(URL)).json()["shadow"] is None


async def test_a_candidate_that_fails_a_check_is_refused(
    app: FastAPI, client: httpx.AsyncClient, models: Path
) -> None:
    await begin(client)
    (models / "two" / "model.onnx").write_bytes(b"")
    answer = await client.post(URL, json={"shadow": {"path": "two"}})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:modsvc:problem:model-refused"
    outside = await client.post(URL, json={"shadow": {"path": "../two"}})
    assert outside.status_code == 422
    # The one before goes on.
    assert (await client.get(URL)).json()["shadow"]["version"] == "tiny-strict"
