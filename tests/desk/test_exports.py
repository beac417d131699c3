"""An auditor takes decisions and events away, a lead reviewed texts; the record says so."""

import csv
import io
import json
from datetime import date, timedelta
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from modsvc.review.export import DECISION_COLUMNS, EVENT_COLUMNS, TAKEN, TRAINING_COLUMNS
from modsvc.store.columns import utcnow
from modsvc.store.tables import Account, Event
from tests.desk.browsing import Person
from tests.desk.case import settled


@pytest.fixture
async def record(app: FastAPI, platform: httpx.AsyncClient) -> str:
    """The path of a case's record."""
    return await settled(app, platform)


def form(what: str, fmt: str, day: date | None = None) -> dict[str, Any]:
    today = day or utcnow().date()
    return {"what": what, "fmt": fmt, "since": today.isoformat(), "until": today.isoformat()}


def taken(app: FastAPI) -> list[tuple[str, dict[str, Any]]]:
    """Who took what."""
    with app.state.service.database.reading() as session:
        found = session.execute(
            select(Account.name, Event.data)
            .join(Account, Account.id == Event.actor)
            .where(Event.kind == TAKEN)
            .order_by(Event.seq)
        )
        return [(name, data) for name, data in found]


async def test_decisions_and_events_are_taken_in_every_format(app: FastAPI, record: str) -> None:
    async with Person(app, "auditor") as eva:
        start = await eva.get("/records/exports")
        assert "Export with texts" not in start.text
        decided = await eva.post("/records/exports", **form("decisions", "csv"))
        rows = list(csv.DictReader(io.StringIO(decided.text, newline="")))
        assert [row["current_action"] for row in rows] == ["allow", "withhold"]
        assert list(rows[0]) == list(DECISION_COLUMNS)
        assert "hateword" not in decided.text
        eva.page = start
        happened = await eva.post("/records/exports", **form("events", "jsonl"))
        lines = [json.loads(line) for line in happened.text.splitlines()]
        assert list(lines[0]) == list(EVENT_COLUMNS)
        # The export that it is is the last of them.
        assert (lines[-1]["kind"], lines[-1]["data"]["what"]) == (TAKEN, "events")
        eva.page = start
        table = await eva.post("/records/exports", **form("decisions", "parquet"))
        assert pq.read_table(pa.BufferReader(table.content)).num_rows == 2
        today = utcnow().date()
        name = f"decisions-{today}-{today + timedelta(days=1)}.parquet"
        assert f'filename="{name}"' in table.headers["content-disposition"]
    assert [(who, data["what"], data["texts"]) for who, data in taken(app)] == [
        ("auditor", "decisions", False),
        ("auditor", "events", False),
        ("auditor", "decisions", False),
    ]


async def test_texts_are_for_leads(app: FastAPI, record: str) -> None:
    async with Person(app, "auditor") as eva:
        start = await eva.get("/records/exports")
        refused = await eva.post("/records/exports/texts", **form("reviews", "jsonl"))
        assert refused.status_code == 403
        eva.page = start
        refused = await eva.post("/records/exports", **form("reviews", "jsonl"))
        assert refused.status_code == 422
    assert taken(app) == []
    async with Person(app, "lead") as lea:
        start = await lea.get("/records/exports")
        reviewed = await lea.post("/records/exports/texts", **form("reviews", "jsonl"))
        [row] = [json.loads(line) for line in reviewed.text.splitlines()]
        assert list(row) == list(TRAINING_COLUMNS)
        assert (row["text"], row["threats"]) == ("hateword <b>women</b>", 1)
        lea.page = start
        decided = await lea.post("/records/exports/texts", **form("decisions", "jsonl"))
        assert "hateword" in decided.text
    assert [(who, data["what"], data["texts"]) for who, data in taken(app)] == [
        ("lead", "reviews", True),
        ("lead", "decisions", True),
    ]


async def test_a_time_is_the_days_that_were_named(app: FastAPI, record: str) -> None:
    yesterday = utcnow().date() - timedelta(days=1)
    async with Person(app, "auditor") as eva:
        start = await eva.get("/records/exports")
        nothing = await eva.post("/records/exports", **form("decisions", "jsonl", yesterday))
        assert (nothing.status_code, nothing.content) == (200, b"")
        for wrong in (
            form("decisions", "xlsx"),
            form("decisions", "csv") | {"until": yesterday.isoformat()},
            form("decisions", "csv") | {"until": "9999-12-31"},
            form("decisions", "csv") | {"since": "soon"},
        ):
            eva.page = start
            assert (await eva.post("/records/exports", **wrong)).status_code == 422
    assert len(taken(app)) == 1
