"""Once a minute and once an hour, unseen: what waits is counted, and no wrong clock erases."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from modsvc.api.upkeep import Upkeep
from modsvc.app import create_app
from modsvc.store import clocks, outbox
from modsvc.store.columns import utcnow
from modsvc.store.tables import Content
from tests.api.serving import in_process, make_settings


def figure(metrics: str, name: str) -> float:
    [line] = [line for line in metrics.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


async def test_what_waits_is_told(tiny_artifact: Path) -> None:
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
