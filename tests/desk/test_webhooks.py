"""An admin adds a webhook, sees what it was told, sends it again, stops it."""

import asyncio
import json
import re
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from modsvc.api.deps import Service
from modsvc.app import create_app
from modsvc.desk.vocabulary import TERMS
from modsvc.review import accounts
from modsvc.store import outbox
from modsvc.webhooks import courier
from modsvc.webhooks.signature import HEADER, verify
from tests.api.serving import in_process, make_settings
from tests.databases import SECRET
from tests.desk.browsing import Person
from tests.webhooks.receiver import Receiver, receiving

KINDS = ["decision.made", "decision.changed"]


@pytest.fixture
def near(tiny_artifact: Path, database_url: str, password_hash: str) -> FastAPI:
    """A service that may call its own machine, and its admin."""
    settings = make_settings(
        tiny_artifact, database_url=database_url, secret_key=SECRET, webhook_allow_private=True
    )
    made = create_app(settings)
    service: Service = made.state.service
    with service.database.transaction() as session:
        accounts.create(session, "admin", password_hash, "admin", actor="operator")
    return made


async def until(receiver: Receiver, count: int) -> None:
    await asyncio.to_thread(receiver.wait_for, count)


async def shows(person: Person, path: str, words: str) -> None:
    """Wait until a page says so: what was received is settled a moment later."""
    give_up = time.monotonic() + 60
    while words not in (await person.get(path)).text:
        assert time.monotonic() < give_up
        await asyncio.sleep(0.02)


async def test_a_webhooks_life(near: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever is sent again is sent because somebody asks for it.
    monkeypatch.setattr(courier, "wait_after", lambda _: timedelta(hours=1))
    with receiving() as receiver:
        receiver.statuses = [503, 200]
        async with in_process(near) as platform, Person(near, "admin") as eva:
            assert "Nobody is told yet." in (await eva.get("/webhooks")).text
            await eva.post("/webhooks", url=receiver.url, community="school", kinds=KINDS)
            [secret] = re.findall(r'<code class="token">([\w-]+)<', eva.page.text)
            assert secret not in (await eva.get("/webhooks")).text
            [one] = set(re.findall(r'/desk(/webhooks/[\w-]+)"', eva.page.text))
            assert "It was told nothing yet." in (await eva.get(one)).text

            text = {"content_id": "c1", "text": "hello hateword", "community": "school"}
            await platform.post("/v1/content", json=text)
            await until(receiver, 1)
            told = receiver.requests[0]
            assert verify(secret, told.headers[HEADER], told.body, time.time())
            await shows(eva, one, "HTTP 503")
            assert ">waiting<" in eva.page.text
            assert "hateword" not in eva.page.text

            # Not waiting for the next attempt of its own.
            [message] = re.findall(r"/desk(/webhooks/messages/[\w-]+/resend)", eva.page.text)
            await eva.post(message)
            assert eva.page.url.path == f"/desk{one}"
            assert "The message is sent again." in eva.page.text
            await until(receiver, 2)
            await shows(eva, one, ">delivered<")
            assert json.loads(receiver.requests[1].body) == json.loads(told.body)

            await eva.post(f"{one}/stop")
            assert "It is told nothing any more." in eva.page.text
            assert message not in (await eva.get(one)).text
            await platform.post("/v1/content", json={**text, "content_id": "c2"})
            await eva.post(f"{one}/start")
            await platform.post("/v1/content", json={**text, "content_id": "c3"})
            await until(receiver, 3)
            assert json.loads(receiver.requests[2].body)["content"]["id"] == "c3"
            assert (await eva.post(f"{one}/start")).status_code == 404


async def test_what_was_typed_is_kept_when_it_is_wrong(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    async with Person(app, "admin") as eva:
        await eva.get("/webhooks")
        good = {"url": "https://example.org/hook", "community": "school", "kinds": KINDS}
        for wrong in (
            {"url": "http://example.org/hook"},
            {"kinds": []},
            {"kinds": ["decision.unmade"]},
            {"community": "a\x00b"},
        ):
            typed = {**good, **wrong}
            assert (await eva.post("/webhooks", **typed)).status_code == 422
            assert f'value="{typed["url"]}"' in eva.page.text
            assert 'role="alert"' in eva.page.text
        assert "Nobody is told yet." in (await eva.get("/webhooks")).text
        assert (await eva.get("/webhooks/none")).status_code == 404


def test_every_kind_of_message_has_words() -> None:
    assert set(outbox.KINDS) <= set(TERMS)


async def test_webhooks_are_for_admins(app: FastAPI, platform: httpx.AsyncClient) -> None:
    for name in ("reviewer", "lead", "auditor"):
        async with Person(app, name) as person:
            assert (await person.get("/webhooks")).status_code == 403
