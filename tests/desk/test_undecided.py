"""A text that was accepted and is not decided on yet: the desk says so, and nothing breaks."""

import httpx
import pytest
from fastapi import FastAPI

from modsvc.api.deps import Service
from tests.desk.browsing import Person


@pytest.fixture
async def record(app: FastAPI, platform: httpx.AsyncClient) -> str:
    """The path of the record of a text that waits."""
    service: Service = app.state.service
    await service.later.stop()
    draft = {"content_id": "post 1", "text": "hello women", "author_id": "ana"}
    sent = await platform.post("/v1/content", json=draft, headers={"Prefer": "respond-async"})
    assert sent.json()["items"][0]["status"] == "waiting"
    async with Person(app, "auditor") as eva:
        await eva.get("/records", content="post 1")
        return eva.page.url.path.removeprefix("/desk")


async def test_an_auditor_sees_that_it_waits(app: FastAPI, record: str) -> None:
    async with Person(app, "auditor") as eva:
        assert "nothing is decided yet" in (await eva.get(record)).text
        page = await eva.get("/dashboard")
        assert "1 text that was accepted waits for its decision, since" in page.text
        assert "there is nothing to state" in (await eva.get(f"{record}/statement")).text
        page = await eva.get("/records/verify", run="true")
        assert "All events are as they were written" in page.text


async def test_a_lead_takes_it_as_evidence_and_cannot_appeal(app: FastAPI, record: str) -> None:
    async with Person(app, "lead") as lea:
        await lea.get(f"{record}/evidence")
        package = await lea.post(f"{record}/evidence", reason="Court 12/2026")
        assert package.headers["content-type"] == "application/zip"
        await lea.get("/appeals")
        await lea.post("/appeals", content_id="post 1", words="I object.")
        assert lea.page.status_code == 403
        assert "Nothing is decided about this text yet" in lea.page.text
