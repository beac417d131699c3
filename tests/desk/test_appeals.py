"""Somebody objects: by API or by letter; somebody else looks again; the outcome is told."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from modsvc.store.tables import Outbox
from tests.desk.browsing import Person
from tests.desk.flagging import decide, flag, take

HOOK = {"url": "http://127.0.0.1:9/", "events": ["decision.changed", "appeal.resolved"]}
OBJECTION = {"content_id": "c1", "words": "I quoted what he wrote."}


def told(app: FastAPI) -> list[tuple[str, dict[str, Any]]]:
    with app.state.service.database.reading() as session:
        rows = session.scalars(select(Outbox).order_by(Outbox.id))
        return [(row.kind, row.payload) for row in rows]


@pytest.mark.parametrize("changes", [{"webhook_allow_private": True}])
async def test_an_appeal_is_reviewed_by_somebody_else_and_its_outcome_told(
    app: FastAPI, platform: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    await platform.post("/v1/admin/webhooks", json=HOOK)
    await flag(platform, "c1")
    async with Person(app, "reviewer") as ana, Person(app, "lead") as lea:
        await decide(ana, await take(ana), "uphold")
        made = (await platform.post("/v1/appeals", json=OBJECTION)).json()
        page = (await ana.get("/appeals")).text
        assert "c1" in page
        assert "/claim" not in page
        assert "quoted" not in page
        await ana.post("/next")
        assert "Nothing that fits waits for you." in ana.page.text

        page = (await lea.get("/appeals")).text
        [claim] = re.findall(r'action="/desk(/items/[\w-]+/claim)"', page)
        await lea.post(claim)
        item = lea.page.url.path.rpartition("/")[2]
        assert "I quoted what he wrote." in lea.page.text
        assert "Why somebody objects" in lea.page.text
        await decide(lea, item, "overturn")
        ended = (await platform.get(f"/v1/appeals/{made['id']}")).json()
        assert (ended["state"], ended["outcome"]) == ("resolved", "overturn")
        assert [kind for kind, _ in told(app)] == [
            *("decision.changed", "decision.changed", "appeal.resolved")
        ]
        assert told(app)[-1][1]["appeal"] == ended
        assert "it was right" in (await ana.get("/appeals")).text
        await lea.post(f"/items/{item}/undo")
        kinds = [(kind, payload.get("appeal", {}).get("state")) for kind, payload in told(app)]
        assert kinds[3:] == [("decision.changed", None), ("appeal.resolved", "open")]


async def test_a_lead_enters_an_appeal_that_came_by_letter(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    await flag(platform, "c1", community="school")
    async with Person(app, "reviewer") as ana, Person(app, "lead") as lea:
        await lea.get("/appeals")
        letter = {**OBJECTION, "community": "school", "contact": "0-312"}
        assert (await lea.post("/appeals", **letter)).status_code == 403
        await decide(ana, await take(ana), "uphold")
        await lea.get("/appeals")
        assert (await lea.post("/appeals", **{**letter, "content_id": "c2"})).status_code == 404
        assert (await lea.post("/appeals", **{**letter, "words": " "})).status_code == 422
        await lea.post("/appeals", **letter)
        assert "The appeal is entered" in lea.page.text
        assert "0-312" not in lea.page.text
        await ana.get("/appeals")
        assert "Enter an appeal" not in ana.page.text
        assert (await ana.post("/appeals", **letter)).status_code == 403
        async with Person(app, "auditor") as eva:
            assert "c1" in (await eva.get("/appeals")).text
            assert "/claim" not in eva.page.text
