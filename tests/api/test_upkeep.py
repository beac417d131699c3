"""Once a minute and once an hour, unseen: what waits is counted, and no wrong clock erases."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from modsvc.api.upkeep import Upkeep
from modsvc.app import create_app
from modsvc.drift import alarms
from modsvc.drift.signals import Alarm, Move, Sight
from modsvc.store import clocks, outbox
from modsvc.store.columns import utcnow
from modsvc.store.tables import Content
from modsvc.webhooks.courier import Courier
from tests.api.serving import in_process, make_settings


def figure(metrics: str, name: str) -> float:
    [line] = [line for line in metrics.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


async def test_what_waits_is_told(tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing is sent: what came of it would be writes that wait, now and then.
    monkeypatch.setattr(Courier, "start", lambda _: None)
    app = create_app(make_settings(tiny_artifact))
    service = app.state.service
    async with in_process(app) as client:
        with service.database.transaction() as session:
            outbox.add_webhook(
                session, "https://nowhere.invalid/", ["decision.made"], community="", actor="eva"
            )
            outbox.announce(session, "decision.made", [("", {"content": "c1"})] * 3)
        Upkeep(service).minute()
        told = (await client.get("/metrics")).text
    assert figure(told, "modsvc_webhook_messages_waiting") == 3
    assert figure(told, "modsvc_webhook_oldest_seconds") >= 0
    assert figure(told, "modsvc_writes_waiting") == 0
    assert figure(told, "modsvc_data_free_bytes") > 1e6
    assert abs(figure(told, "modsvc_clock_jump_seconds")) < 5


async def test_a_clock_that_jumped_erases_nothing(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(make_settings(tiny_artifact))
    service = app.state.service

    def words() -> list[str | None]:
        with service.database.reading() as session:
            return [content.text for content in session.query(Content)]

    async with in_process(app) as client:
        answer: httpx.Response = await client.post(
            "/v1/content", json={"content_id": "c1", "text": "hello women"}
        )
        assert answer.status_code == 202
        upkeep = Upkeep(service)
        later = utcnow() + timedelta(days=1000)
        for module in ("modsvc.store.clocks", "modsvc.store.retention"):
            monkeypatch.setattr(f"{module}.utcnow", lambda: later)
        upkeep.sweep()
        assert words() == ["hello women"]
        # As time that has passed it counts.
        monkeypatch.setattr(clocks, "TOLERATED", timedelta(days=2000))
        upkeep.sweep()
        assert words() == [None]


async def test_alarms_of_the_watch_are_told_for_a_day(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(make_settings(tiny_artifact))
    service = app.state.service
    async with in_process(app) as client:
        answer = await client.post("/v1/content", json={"content_id": "c1", "text": "hello"})
        with service.database.transaction() as session:
            [content] = [row.id for row in session.query(Content)]
            sight = Sight(content, "en", None, None)
            told = Alarm("words", "en", Move(0.0, 0.1), sight, 40, "0" * 64)
            # The same alarm, told twice, stands once.
            alarms.tell(session, [told, told])
            alarms.tell(session, [told])
            alarms.tell(session, [told._replace(word="1" * 64)])
        assert answer.status_code == 202
        upkeep = Upkeep(service)
        upkeep.minute()
        name = 'modsvc_drift_alarms{language="en",signal="words"}'
        assert figure((await client.get("/metrics")).text, name) == 2
        later = utcnow() + timedelta(hours=25)
        monkeypatch.setattr("modsvc.api.upkeep.utcnow", lambda: later)
        upkeep.minute()
        assert name not in (await client.get("/metrics")).text
