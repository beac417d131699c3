"""A platform passes an objection on, and learns what came of it."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from modsvc.api.deps import Service
from modsvc.app import create_app
from modsvc.ingest.announce import announce_appeal, announce_changed
from modsvc.review import accounts, claims
from modsvc.review.resolve import Ruling, resolve, undo
from modsvc.store import outbox
from modsvc.store.tables import Account, Outbox
from tests.api.serving import in_process, make_key, make_settings
from tests.databases import SECRET

WITHHELD = {"content_id": "c1", "text": "hateword threatsword", "community": "school"}
OBJECTION = {"content_id": "c1", "community": "school", "words": "I quoted it."}


@pytest.fixture
def app(tiny_artifact: Path, database_url: str) -> FastAPI:
    settings = make_settings(
        tiny_artifact,
        database_url=database_url,
        secret_key=SECRET,
        second_review_share=0.0,
        webhook_allow_private=True,
    )
    return create_app(settings)


def person(app: FastAPI, name: str) -> Account:
    with app.state.service.database.transaction() as session:
        return accounts.create(session, name, "", "reviewer", actor="operator")


def review(app: FastAPI, account: Account, resolution: Any) -> str:
    """Take whatever waits and decide on it, as the desk does; the item's id."""
    service: Service = app.state.service
    with service.database.transaction() as session:
        claim = claims.claim(session, account, service.practice)
        assert claim is not None
        resolve(
            *(session, account, claim.item.id, Ruling(resolution=resolution), service.practice),
            on_changed=announce_changed,
            on_appeal=announce_appeal,
        )
        return claim.item.id


def told(app: FastAPI) -> list[tuple[str, dict[str, Any]]]:
    with app.state.service.database.reading() as session:
        rows = session.scalars(select(Outbox).order_by(Outbox.id))
        return [(row.kind, row.payload) for row in rows]


async def test_an_objection_is_looked_at_by_somebody_else_and_its_outcome_told(
    app: FastAPI,
) -> None:
    ana, ben = person(app, "ana"), person(app, "ben")
    async with in_process(app) as client:
        hook = {"url": "http://127.0.0.1:9/", "community": "school", "events": [*outbox.KINDS]}
        assert (await client.post("/v1/admin/webhooks", json=hook)).status_code == 201
        await client.post("/v1/content", json=WITHHELD)
        review(app, ana, "uphold")
        made = await client.post("/v1/appeals", json={**OBJECTION, "contact": "user-7"})
        assert (made.status_code, made.json()["state"]) == (201, "open")
        assert (await client.post("/v1/appeals", json=OBJECTION)).status_code == 403
        path = f"/v1/appeals/{made.json()['id']}"
        assert (await client.get(path)).json() == made.json()
        item = review(app, ben, "uphold")
        # What holds stays as it was: the appellant is told all the same.
        ended = (await client.get(path)).json()
        assert (ended["state"], ended["outcome"]) == ("resolved", "uphold")
        assert [kind for kind, _ in told(app)] == [
            *("decision.made", "decision.changed", "appeal.resolved")
        ]
        _, payload = told(app)[-1]
        assert payload["appeal"] == ended
        assert (payload["action"], payload["content"]["id"]) == ("withhold", "c1")
        assert "quoted" not in str(payload)
        assert "user-7" not in str(payload)
        with app.state.service.database.transaction() as session:
            practice = app.state.service.practice
            undo(session, ben, item, practice, on_appeal=announce_appeal)
        assert told(app)[-1][1]["appeal"]["state"] == "open"
        assert (await client.get(path)).json()["outcome"] is None


async def test_what_cannot_be_appealed_is_refused(app: FastAPI) -> None:
    async with in_process(app) as client:
        await client.post(
            "/v1/content", json={**WITHHELD, "text": "hello hateword", "language": "es"}
        )

        async def status(**changes: object) -> int:
            return (await client.post("/v1/appeals", json={**OBJECTION, **changes})).status_code

        assert await status() == 403
        assert await status(content_id="c2") == 404
        assert await status(community="work") == 404
        assert await status(words="") == 422
        assert await status(words=" \n") == 422
        assert await status(words="\x1f\u0085\ufeff") == 422
        assert await status(words="x" * 5001) == 422
        assert await status(version=1) == 422
        assert (await client.get("/v1/appeals/nothing")).status_code == 404
        assert (await client.get("/v1/appeals/%00")).status_code == 422


async def test_a_key_of_one_community_finds_its_own_appeals_alone(app: FastAPI) -> None:
    own = make_key(app, "ingest", community="school")
    other = make_key(app, "ingest", community="work")
    async with in_process(app) as client:
        await client.post("/v1/content", json=WITHHELD, headers=own)
        review(app, person(app, "ana"), "uphold")

        async def object_as(headers: dict[str, str], draft: dict[str, str]) -> httpx.Response:
            return await client.post("/v1/appeals", json=draft, headers=headers)

        assert (await object_as(other, OBJECTION)).status_code == 403
        unnamed = {name: value for name, value in OBJECTION.items() if name != "community"}
        assert (await object_as(other, unnamed)).status_code == 404
        made = (await object_as(own, unnamed)).json()
        assert made["community"] == "school"
        path = f"/v1/appeals/{made['id']}"
        assert (await client.get(path, headers=own)).status_code == 200
        assert (await client.get(path, headers=other)).status_code == 404
