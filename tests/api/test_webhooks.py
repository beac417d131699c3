"""A platform asks to be told, is told, and asks again."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from modsvc.app import create_app
from modsvc.ingest.announce import announce_changed
from modsvc.review.outcome import Change, ContentState
from modsvc.store import decisions
from modsvc.store.tables import Content
from modsvc.webhooks.signature import HEADER, verify
from tests.api.serving import in_process, make_settings
from tests.databases import SECRET
from tests.webhooks.receiver import receiving


async def test_a_platform_is_told_of_decisions_and_changes(
    tiny_artifact: Path, database_url: str
) -> None:
    settings = make_settings(
        tiny_artifact, database_url=database_url, secret_key=SECRET, webhook_allow_private=True
    )
    app = create_app(settings)
    with receiving() as platform:
        async with in_process(app) as client:
            draft = {
                "url": platform.url,
                "community": "school",
                "events": ["decision.made", "decision.changed"],
            }
            made = (await client.post("/v1/admin/webhooks", json=draft)).json()
            [listed] = (await client.get("/v1/admin/webhooks")).json()["webhooks"]
            assert listed["url"] == platform.url
            assert "secret" not in listed
            text = {"content_id": "c1", "text": "hello hateword", "community": "school"}
            answer = await client.post("/v1/content", json=text)
            await client.post("/v1/content", json={**text, "community": "work"})
            # Known already: nothing new to tell.
            await client.post("/v1/content", json=text)
            [request] = await waited(platform_requests := platform.requests, 1, client)
            told = json.loads(request.body)
            assert verify(made["secret"], request.headers[HEADER], request.body, time.time())
            assert told["content"] == answer.json()["items"][0]
            assert (told["type"], told["status"]) == ("decision.made", "pending")
            assert "hateword" not in request.body.decode()

            with app.state.service.database.transaction() as session:
                [content] = session.query(Content).filter_by(community="school")
                decision = decisions.latest(session, content.id)
                assert decision is not None
                before = ContentState(content.id, decision.id, "withhold", "pending")
                after = ContentState(content.id, decision.id, "allow", "overturned")
                announce_changed(session, Change(content.id, "item", "ana", before, after))
            [_, request] = await waited(platform_requests, 2, client)
            told = json.loads(request.body)
            assert (told["type"], told["action"], told["status"]) == (
                "decision.changed",
                "allow",
                "overturned",
            )
            assert told["before"]["action"] == "withhold"

            messages = await settled(client, f"/v1/admin/webhooks/{made['id']}/messages")
            assert [message["kind"] for message in messages] == [
                "decision.changed",
                "decision.made",
            ]
            path = f"/v1/admin/messages/{messages[0]['id']}/resend"
            assert (await client.post(path)).status_code == 202
            await waited(platform_requests, 3, client)
            assert platform_requests[2].body == platform_requests[1].body
            assert (await client.delete(f"/v1/admin/webhooks/{made['id']}")).status_code == 204
            assert (await client.get("/v1/admin/webhooks")).json()["webhooks"] == []


async def settled(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """The messages of a webhook, once those that came are noted as delivered."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        messages: list[dict[str, Any]] = (await client.get(path)).json()["messages"]
        if all(message["delivered_at"] for message in messages):
            return messages
        await asyncio.sleep(0.01)
    raise AssertionError(messages)


async def waited(requests: list, count: int, client: httpx.AsyncClient) -> list:  # type: ignore[type-arg]
    give_up = time.monotonic() + 60
    while len(requests) < count:
        assert time.monotonic() < give_up
        await client.get("/healthz")
        time.sleep(0.01)
    assert len(requests) == count
    return requests


@pytest.mark.parametrize("url", ["http://example.org/", "https://user@example.org/", "example.org"])
async def test_a_url_that_is_not_to_be_called_is_refused(tiny_artifact: Path, url: str) -> None:
    async with in_process(create_app(make_settings(tiny_artifact))) as client:
        draft = {"url": url, "events": ["decision.made"]}
        assert (await client.post("/v1/admin/webhooks", json=draft)).status_code == 422
        draft = {"url": "https://example.org/", "events": ["decision.unmade"]}
        answer = await client.post("/v1/admin/webhooks", json=draft)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["at"] == "events.0"
        assert (await client.get("/v1/admin/webhooks/none/messages")).status_code == 404
        assert (await client.delete("/v1/admin/webhooks/none")).status_code == 404
        assert (await client.post("/v1/admin/messages/none/resend")).status_code == 404
