"""An operator changes the model while the service answers, and only the version tells."""

import asyncio
import gc
import json
import threading
import time
import weakref
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from modsvc.api.deps import Service
from modsvc.app import create_app
from modsvc.engine.engine import Engine
from modsvc.engine.running import Running
from modsvc.errors import PolicyError, StoreUnavailable
from modsvc.ingest import policies
from modsvc.rollout import swaps as swapping
from modsvc.rollout.checks import candidate
from modsvc.rollout.swaps import Swaps
from modsvc.store.tables import Decision, Event
from modsvc.store.verify import verify
from modsvc.types import Content, Score
from tests.api.serving import in_process, make_settings, on_socket
from tests.rollout.models import canary, variant
from tests.tiny_artifact import reseal

URL = "/v1/admin/model"


def service_of(app: FastAPI) -> Service:
    service: Service = app.state.service
    return service


def events(app: FastAPI, kind: str) -> list[Event]:
    with service_of(app).database.reading() as session:
        return session.query(Event).filter_by(kind=kind).order_by(Event.seq).all()


def metric(app: FastAPI, name: str, **labels: str) -> float | None:
    registry: CollectorRegistry = service_of(app).metrics.registry
    return registry.get_sample_value(name, labels)


async def swap(client: httpx.AsyncClient, path: str) -> httpx.Response:
    return await client.post(URL, json={"path": path})


async def version(client: httpx.AsyncClient) -> str:
    answer = await client.post("/v1/score", json={"text": "hello"})
    assert answer.status_code == 200
    return str(answer.json()["model_version"])


async def until(happened: Any) -> None:
    for _ in range(600):
        if happened():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not happen within 30 seconds")


class Clients:
    """Threads that ask without a pause, and keep what they were answered."""

    def __init__(self, url: str) -> None:
        self.answers: list[tuple[str, httpx.Response]] = []
        self._url = url
        self._ending = threading.Event()
        asked = [("/v1/score", self._items), ("/v1/moderations", self._input)] * 2
        asked += [("/v1/content", self._content)]
        self._paths = {path for path, _ in asked}
        self._threads = [
            threading.Thread(target=self._ask, args=(number, *how))
            for number, how in enumerate(asked)
        ]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def wait(self) -> None:
        """Until three more answers came of each path: two may have been asked for before."""
        before = self._counted()
        while any(self._counted()[path] < before[path] + 3 for path in self._paths):
            assert all(thread.is_alive() for thread in self._threads)
            time.sleep(0.01)

    def _counted(self) -> Counter[str]:
        return Counter(path for path, _ in list(self.answers))

    def _ask(self, number: int, path: str, body: Any) -> None:
        with httpx.Client(base_url=self._url, timeout=60) as client:
            count = 0
            while not self._ending.is_set():
                count += 1
                name = f"{number} {count}"
                self.answers.append((path, client.post(path, json=body(name))))

    @staticmethod
    def _items(name: str) -> dict[str, Any]:
        return {"items": [{"text": f"hello {name}"}, {"text": f"hateword {name}"}]}

    @staticmethod
    def _input(name: str) -> dict[str, Any]:
        return {"input": [f"hello women {name}", f"rudeword {name}"]}

    @staticmethod
    def _content(name: str) -> dict[str, Any]:
        return {"content_id": name, "text": f"hello hateword {name}"}


@pytest.mark.slow
def test_three_changes_under_load_fail_nobody(models: Path) -> None:
    variant(models / "one", models / "three", "tiny-three")
    settings = make_settings(models / "one", models_root=models, swap_probation_s=0.2)
    app = create_app(settings)
    order = ["tiny-one", "tiny-two", "tiny-strict", "tiny-three"]
    with on_socket(app) as url, Clients(url) as clients, httpx.Client(timeout=60) as operator:
        clients.wait()
        for name in ("two", "strict", "three"):
            answer = operator.post(url + URL, json={"path": name})
            while answer.status_code == 409:
                # On probation.
                answer = operator.post(url + URL, json={"path": name})
            assert answer.status_code == 200, answer.text
            assert answer.json()["active"]["version"] == f"tiny-{name}"
            clients.wait()
    statuses = {(path, answer.status_code) for path, answer in clients.answers}
    assert statuses == {("/v1/score", 200), ("/v1/moderations", 200), ("/v1/content", 202)}
    seen = set()
    for path, answer in clients.answers:
        body = answer.json()
        if path == "/v1/score":
            seen.add(body["model_version"])
            # The texts are that version's, too: the strict one flags both.
            strict = body["model_version"] == "tiny-strict"
            assert [one["flagged"] for one in body["results"]] == [strict, True]
        elif path == "/v1/moderations":
            seen.add(body["model"])
            strict = body["model"] == "tiny-strict"
            assert body["results"][0]["flagged"] is strict
    assert seen == set(order)
    made = events(app, swapping.SWAPPED)
    assert [(one.data["before"], one.data["version"]) for one in made] == list(pairwise(order))
    assert {one.actor for one in made} == {"local"}
    with service_of(app).database.reading() as session:
        decided = session.query(Decision).all()
        assert list(verify(session)) == []
    # Each decision was stored with the calibration of the model that scored it.
    hashes = {
        name: json.loads((models / name.removeprefix("tiny-") / "manifest.json").read_text())[
            "files"
        ]["calibration.json"]["sha256"]
        for name in order
    }
    assert {one.model_version for one in decided} == set(order)
    assert all(hashes[one.model_version] == one.calibration_sha256 for one in decided)


async def test_the_model_before_is_freed_after_its_probation(
    models: Path,
) -> None:
    app = create_app(make_settings(models / "one", models_root=models, swap_probation_s=5))
    async with in_process(app) as client:
        before = weakref.ref(service_of(app).pipeline.loaded.running.engine)
        shown = (await swap(client, "two")).json()
        assert shown["previous"]["version"] == "tiny-one"
        assert shown["previous"]["kept_until"] is not None
        assert metric(app, "modsvc_model_info", role="previous", version="tiny-one") == 1
        await until(lambda: gc.collect() is not None and before() is None)
        shown = (await client.get(URL)).json()
        assert shown["previous"]["kept_until"] is None
        assert metric(app, "modsvc_model_info", role="previous", version="tiny-one") is None
        back = await client.post(URL, json={"rollback": True})
        assert back.status_code == 409
        assert "name the folder" in back.json()["detail"]


async def test_requests_that_have_begun_finish_on_their_model(
    app: FastAPI, client: httpx.AsyncClient, models: Path
) -> None:
    pipeline = service_of(app).pipeline
    with pipeline.held() as loaded:
        assert (await swap(client, "strict")).status_code == 200
        assert await version(client) == "tiny-strict"
        retiring = threading.Thread(target=loaded.running.retire)
        retiring.start()
        [judged] = await loaded.judge([Content("hello women")], 10)
        assert judged.score is not None
        assert (judged.score.model_version, judged.decision.action) == ("tiny-one", "allow")
        assert retiring.is_alive()
    await asyncio.to_thread(retiring.join, 10)
    assert not retiring.is_alive()


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("../outside", 422, "MODSVC_MODELS_ROOT"),
        ("/etc", 422, "MODSVC_MODELS_ROOT"),
        ("two/../../outside", 422, "MODSVC_MODELS_ROOT"),
        ("link", 422, "leads out"),
        ("loop", 422, "cannot be followed"),
        ("a\0b", 422, "MODSVC_MODELS_ROOT"),
        ("none", 404, "no model of this name"),
        ("x" * 300, 422, "cannot be followed"),
        (".", 422, "MODSVC_MODELS_ROOT"),
        ("one", 409, "answers already"),
    ],
)
async def test_only_models_below_the_root_may_be_named(
    client: httpx.AsyncClient,
    models: Path,
    tiny_artifact: Path,
    path: str,
    status: int,
    says: str,
) -> None:
    variant(tiny_artifact, models.parent / f"{models.name}-outside", "tiny-outside")
    (models / "link").symlink_to(models.parent / f"{models.name}-outside")
    (models / "loop").symlink_to(models / "loop")
    answer = await swap(client, path)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
    assert await version(client) == "tiny-one"


def _altered(folder: Path) -> None:
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"\0")


def _other_answers(folder: Path) -> None:
    reseal(folder, canary=[{**one, "probability": 0.5} for one in canary(folder)])


def _no_canary(folder: Path) -> None:
    reseal(folder, canary=[])


def _no_network(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"not a network")
    reseal(folder)


def _no_points(folder: Path) -> None:
    path = folder / "calibration.json"
    calibration = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**calibration, "operating_points": {}}), encoding="utf-8")
    reseal(folder)


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        (_altered, "artefact"),
        (_no_network, "artefact"),
        (_no_canary, "canary"),
        (_other_answers, "canary"),
        (_no_points, "policy"),
    ],
)
async def test_a_model_that_fails_a_check_changes_nothing(
    app: FastAPI, client: httpx.AsyncClient, models: Path, harm: Any, check: str
) -> None:
    harm(models / "two")
    before = batchers()
    answer = await swap(client, "two")
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:modsvc:problem:model-refused"
    assert f"`{check}`" in answer.json()["detail"]
    assert await version(client) == "tiny-one"
    shown = (await client.get(URL)).json()
    assert (shown["active"]["version"], shown["previous"]) == ("tiny-one", None)
    assert f"`{check}`" in shown["failed"]["reason"]
    assert metric(app, "modsvc_model_swaps_total", outcome=f"refused_{check}") == 1
    assert events(app, swapping.SWAPPED) == []
    assert batchers() <= before


async def test_a_model_that_answers_otherwise_alone_is_refused(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Running.score

    async def drift(self: Running, contents: Sequence[Content], deadline_s: float) -> list[Score]:
        scores = await judge(self, contents, deadline_s)
        return [type(one)(**{**_fields(one), "probability": 0.5}) for one in scores]

    monkeypatch.setattr(Running, "score", drift)
    before = batchers()
    answer = await swap(client, "two")
    assert answer.status_code == 422
    assert "`sample`" in answer.json()["detail"]
    # What was started for the sample is gone.
    assert batchers() <= before


def batchers() -> set[threading.Thread]:
    """The threads that score at present, of this service and of what other tests left behind."""
    return {one for one in threading.enumerate() if one.name.startswith("batcher")}


def _fields(score: Score) -> dict[str, Any]:
    return {name: getattr(score, name) for name in Score.__dataclass_fields__}


async def test_nothing_changes_that_cannot_be_put_on_record(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **more: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(swapping.tenures, "record", fail)
    assert (await swap(client, "two")).status_code == 503
    assert await version(client) == "tiny-one"


async def test_one_change_at_a_time(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(*arguments: Any, **more: Any) -> Running:
        begun.set()
        go_on.wait(300)
        return candidate(*arguments, **more)

    monkeypatch.setattr(swapping, "candidate", slowly)
    first = asyncio.create_task(swap(client, "two"))
    await asyncio.to_thread(begun.wait, 60)
    second = await swap(client, "strict")
    assert second.status_code == 409
    assert "under way" in second.json()["detail"]
    # Others are answered meanwhile.
    assert await version(client) == "tiny-one"
    go_on.set()
    assert (await first).status_code == 200
    third = await swap(client, "strict")
    assert third.status_code == 409
    assert "probation" in third.json()["detail"]


async def test_an_operator_goes_back_at_once(app: FastAPI, client: httpx.AsyncClient) -> None:
    assert (await swap(client, "strict")).status_code == 200
    assert await version(client) == "tiny-strict"
    answer = await client.post(URL, json={"rollback": True})
    assert answer.status_code == 200
    assert answer.json()["active"]["version"] == "tiny-one"
    assert answer.json()["previous"]["version"] == "tiny-strict"
    assert await version(client) == "tiny-one"
    [back] = events(app, swapping.ROLLED_BACK)
    assert (back.actor, back.data["before"], back.data["version"]) == (
        "local",
        "tiny-strict",
        "tiny-one",
    )
    # And may change again, as the probation is over.
    assert (await swap(client, "two")).status_code == 200


async def test_a_model_that_fails_on_probation_is_taken_back_by_itself(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    score = Engine.score

    def fail(self: Engine, contents: Sequence[Content]) -> list[Score]:
        if self.artifact.model_version == "tiny-two" and contents[0].text == "boom":
            raise RuntimeError("broken")
        return score(self, contents)

    monkeypatch.setattr(Engine, "score", fail)
    assert (await swap(client, "two")).status_code == 200
    # Two failures are borne, the third is one too many.
    for _ in range(2):
        assert (await client.post("/v1/score", json={"text": "boom"})).status_code == 503
    await asyncio.sleep(0.5)
    assert await version(client) == "tiny-two"
    assert (await client.post("/v1/score", json={"text": "boom"})).status_code == 503
    await until(lambda: metric(app, "modsvc_model_swaps_total", outcome="rolled_back") == 1)
    assert (await client.post("/v1/score", json={"text": "boom"})).status_code == 200
    shown = (await client.get(URL)).json()
    assert (shown["active"]["version"], shown["active"]["by"]) == ("tiny-one", "system")
    assert "3 requests failed" in shown["failed"]["reason"]
    await until(lambda: events(app, swapping.ROLLED_BACK))
    [back] = events(app, swapping.ROLLED_BACK)
    assert (back.actor, back.data["failures"]) == ("system", 3)


async def test_a_failing_model_is_taken_back_without_the_database(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await swap(client, "strict")).status_code == 200

    def gone(*arguments: object, **more: object) -> None:
        raise StoreUnavailable("the database is gone")

    monkeypatch.setattr(policies.Policies, "adopt", gone)
    monkeypatch.setattr(swapping.tenures, "record", gone)
    assert (await client.post(URL, json={"rollback": True})).status_code == 200
    assert await version(client) == "tiny-one"


async def test_the_policy_is_laid_over_the_points_of_each_model(
    app: FastAPI, client: httpx.AsyncClient, models: Path
) -> None:
    path = models / "two" / "calibration.json"
    calibration = json.loads(path.read_text(encoding="utf-8"))
    calibration["operating_points"]["misogyny"]["pooled"] = {"review": 0.001, "withhold": None}
    path.write_text(json.dumps(calibration), encoding="utf-8")
    reseal(models / "two")
    text = {"text": "hello women", "language": "en"}
    before = (await client.post("/v1/score", json=text)).json()
    assert (await swap(client, "two")).status_code == 200
    now = (await client.post("/v1/score", json=text)).json()
    assert (before["results"][0]["action"], now["results"][0]["action"]) == ("allow", "review")
    assert before["policy_version"] == now["policy_version"]
    # What refreshes the policy every few seconds does not undo it, nor does going back forget.
    service_of(app).policies.refresh()
    again = (await client.post("/v1/score", json=text)).json()
    assert again["results"] == now["results"]
    await client.post(URL, json={"rollback": True})
    service_of(app).policies.refresh()
    assert (await client.post("/v1/score", json=text)).json() == before


async def test_sighup_that_finds_nothing_new_changes_nothing(
    app: FastAPI, client: httpx.AsyncClient, models: Path
) -> None:
    swaps: Swaps = service_of(app).swaps
    await asyncio.to_thread(swaps.reload, actor="operator:ana")
    assert await version(client) == "tiny-one"
    _altered(models / "one")
    await asyncio.to_thread(swaps.reload, actor="operator:ana")
    assert await version(client) == "tiny-one"
    assert metric(app, "modsvc_model_swaps_total", outcome="refused_artefact") == 1
    variant(models / "two", models / "next", "tiny-next")
    (models / "one").rename(models / "old")
    (models / "next").rename(models / "one")
    await asyncio.to_thread(swaps.reload, actor="operator:ana")
    assert await version(client) == "tiny-next"
    [made] = events(app, swapping.SWAPPED)
    assert made.actor == "operator:ana"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"path": None},
        {"path": ""},
        {"path": 1},
        {"rollback": False},
        {"rollback": None},
        {"path": "two", "rollback": True},
        {"path": "two", "shadow": None},
        {"shadow": {}},
        {"shadow": {"path": "two", "share": 1.5}},
        {"model": "two"},
    ],
)
async def test_a_change_is_one_of_three_things(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    answer = await client.post(URL, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "urn:modsvc:problem:invalid-request"


async def test_a_policy_that_the_new_model_cannot_work_with_is_said(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise PolicyError("thresholds.misogyny is missing")

    monkeypatch.setattr(policies, "policy_for", refuse)
    answer = await swap(client, "two")
    assert answer.status_code == 422
    assert "thresholds.misogyny is missing" in answer.json()["detail"]
