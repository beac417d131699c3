"""People sign in by their organisation's provider, a real one, which is then made to lie."""

import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from structlog.testing import capture_logs

from modsvc.app import create_app
from modsvc.review import accounts
from modsvc.review.sign_in import SIGNED_IN
from modsvc.settings import Settings
from modsvc.store.tables import Event
from modsvc.store.verify import verify
from tests.api.serving import in_process, make_settings
from tests.desk.browsing import csrf_of
from tests.desk.conftest import PASSWORD
from tests.desk.openid import SECRET, Browser, Provider, browsing, running, settings_for

DESK = "http://127.0.0.1"
ANA = {"email": "ana@example.org", "email_verified": True, "groups": ["moderators"]}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def started(node_provider: Path) -> Iterator[Provider]:
    with running(node_provider, DESK) as provider:
        yield provider


@pytest.fixture
def provider(started: Provider) -> Provider:
    """Knows Ana, and tells the truth."""
    started.knows(ana=ANA)
    started.lies()
    return started


@asynccontextmanager
async def desk(
    model: Path, provider: Provider, password_hash: str, **changes: Any
) -> AsyncIterator[FastAPI]:
    """A running desk with Ana, a reviewer, and an admin."""
    app = create_app(make_settings(model, **{**settings_for(provider, DESK), **changes}))
    with app.state.service.database.transaction() as session:
        accounts.create(session, "ana@example.org", password_hash, "reviewer", actor="operator")
        accounts.create(session, "admin", password_hash, "admin", actor="operator")
    async with in_process(app):
        yield app


@pytest.fixture
async def app(
    tiny_artifact: Path, provider: Provider, password_hash: str
) -> AsyncIterator[FastAPI]:
    async with desk(tiny_artifact, provider, password_hash) as made:
        yield made


@pytest.fixture
async def ana(app: FastAPI) -> AsyncIterator[Browser]:
    async with browsing(app, DESK) as made:
        yield made


def signed_in(app: FastAPI) -> list[dict[str, Any]]:
    with app.state.service.database.reading() as session:
        assert list(verify(session)) == []
        return list(session.scalars(select(Event.data).where(Event.kind == SIGNED_IN)))


async def refused(browser: Browser, words: str, status: int = 403) -> None:
    """Out, and told so."""
    assert browser.page.status_code == status
    assert words in browser.page.text
    assert not await browser.is_in()


async def test_in_and_out(app: FastAPI, ana: Browser, provider: Provider) -> None:
    page = await ana.open("/sign-in")
    assert f"Sign in by localhost:{provider.issuer.rpartition(':')[2]}" in page.text
    await ana.to_provider()
    sent = ana.page.history[0].headers["location"]
    for wanted in ("code_challenge_method=S256", "state=", "nonce=", "response_type=code"):
        assert wanted in sent
    assert f"redirect_uri={'http%3A%2F%2F127.0.0.1%2Fdesk%2Foidc%2Fcallback'}" in sent
    page = await ana.back_from("ana")
    assert page.status_code == 200
    cookies = page.headers.get_list("set-cookie")
    assert any("modsvc_desk=" in one and "samesite=strict" in one.lower() for one in cookies)
    assert 'content="0; url=/desk/"' in page.text
    assert await ana.is_in()
    assert "ana@example.org" in ana.page.text
    [event] = signed_in(app)
    assert event["issuer"] == provider.issuer
    # The way back, walked again, leads nowhere.
    assert (await ana.open(ana.callback)).status_code == 400

    assert await ana.is_in()
    token = csrf_of(ana.page.text)
    ana.page = await ana.client.post(f"{DESK}/desk/sign-out", data={"csrf": token})
    assert "/desk/oidc/end" in ana.page.text
    assert not await ana.is_in()
    await ana.open("/oidc/end")
    assert str(ana.page.url).startswith(f"{provider.issuer}/session/end")


async def test_the_state_is_the_browsers_own(app: FastAPI, ana: Browser) -> None:
    await ana.sign_in("ana")
    stolen = ana.callback
    async with browsing(app, DESK) as victim:
        # Somebody else's way back, in a browser that never began, or began another one.
        await victim.open(stolen)
        await refused(victim, "begun in another browser", 400)
        await victim.to_provider()
        await victim.open(stolen)
        await refused(victim, "begun in another browser", 400)
        await victim.open("/oidc/callback?code=x")
        assert victim.page.status_code == 403
        await victim.open("/oidc/callback?error=access_denied&error_description=<b>call+us</b>")
        assert "call us" not in victim.page.text


LIES: list[tuple[dict[str, Any], str]] = [
    ({"change": {"nonce": "another"}}, "nonce"),
    ({"drop": ["nonce"]}, "nonce"),
    ({"change": {"aud": "another-client"}}, "aud"),
    ({"change": {"aud": "another-client", "azp": "desk"}}, "aud"),
    ({"change": {"aud": ["desk", "another-client"]}}, "azp"),
    ({"change": {"aud": []}}, "aud"),
    ({"change": {"iss": "https://mallory.example"}}, "iss"),
    ({"drop": ["iss"]}, "iss"),
    ({"change": {"exp": 1_700_000_000}}, "exp"),
    ({"drop": ["exp"]}, "exp"),
    ({"change": {"sub": ""}}, "sub"),
    ({"forge": True, "change": {}}, "BadSignatureError"),
    ({"none": True}, "UnsupportedAlgorithmError"),
    ({"shared": True}, "UnsupportedAlgorithmError"),
]


@pytest.mark.parametrize(("lie", "check"), LIES, ids=lambda one: json.dumps(one))
async def test_a_token_that_is_not_valid_opens_nothing(
    app: FastAPI,
    ana: Browser,
    provider: Provider,
    lie: dict[str, Any],
    check: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider.lies(**lie)
    with caplog.at_level(logging.DEBUG), capture_logs() as logged:
        await ana.sign_in("ana")
    assert [one["check"] for one in logged if one["event"] == "oidc_failed"] == [check]
    await refused(ana, "is not valid, so nobody was let in")
    assert signed_in(app) == []
    assert SECRET not in caplog.text


async def test_a_token_of_long_ago_is_refused_but_clocks_may_differ(
    ana: Browser, provider: Provider
) -> None:
    provider.lies(change={"exp": int(time.time()) - 3})
    await ana.sign_in("ana")
    assert await ana.is_in()


async def test_another_provider_cannot_send_people_back(ana: Browser, provider: Provider) -> None:
    await ana.to_provider()
    await ana.open("/oidc/callback?code=x&state=y&iss=https://mallory.example")
    await refused(ana, "is not valid")
    # This provider says that it always names itself.
    await ana.open("/oidc/callback?code=x&state=y")
    await refused(ana, "is not valid")


async def test_a_provider_that_calls_itself_otherwise_is_refused(
    tiny_artifact: Path, provider: Provider, password_hash: str
) -> None:
    other = provider.issuer.replace("localhost", "127.0.0.1")
    async with (
        desk(tiny_artifact, provider, password_hash, oidc_issuer=other) as app,
        browsing(app, DESK) as ana,
    ):
        await ana.open("/oidc/start")
        await refused(ana, "is not valid")


async def test_who_has_no_account_or_a_closed_one_stays_out(
    app: FastAPI, ana: Browser, provider: Provider
) -> None:
    provider.knows(ana={**ANA, "email": "eve@example.org"})
    await ana.sign_in("ana")
    await refused(ana, "You have no account here")
    provider.knows(ana={**ANA, "email_verified": False})
    await ana.sign_in("ana")
    await refused(ana, "has not verified your address")
    provider.knows(ana=ANA)
    await ana.sign_in("ana")
    assert await ana.is_in()
    with app.state.service.database.transaction() as session:
        found = accounts.named(session, "ana@example.org")
        accounts.set_disabled(session, found.id, True, actor="operator")
    assert not await ana.is_in()
    await ana.sign_in("ana")
    await refused(ana, "Your account is closed")
    assert len(signed_in(app)) == 1


async def test_roles_come_from_the_provider(
    tiny_artifact: Path, provider: Provider, password_hash: str
) -> None:
    by_group = {
        "oidc_scope": "email groups",
        "oidc_role_claim": "groups",
        "oidc_roles": "leads=lead,moderators=reviewer",
        "oidc_create_accounts": True,
    }
    provider.knows(ana=ANA, new={**ANA, "email": "new@example.org"})
    async with desk(tiny_artifact, provider, password_hash, **by_group) as app:
        async with browsing(app, DESK) as ana:
            await ana.sign_in("ana")
            assert (await ana.open("/people")).status_code == 403
            provider.knows(ana={**ANA, "groups": ["leads", "moderators"]})
            await ana.sign_in("ana")
            assert (await ana.open("/people")).status_code == 200
            provider.knows(ana={**ANA, "groups": []})
            await ana.sign_in("ana")
            assert "no role at this desk" in ana.page.text
        async with browsing(app, DESK) as new:
            provider.knows(new={**ANA, "email": "new@example.org"})
            await new.sign_in("new")
            assert await new.is_in()
            assert "new@example.org" in new.page.text


async def test_a_claim_that_only_the_user_info_has(
    tiny_artifact: Path, provider: Provider, password_hash: str
) -> None:
    provider.lies(drop=["email", "email_verified"])
    async with desk(tiny_artifact, provider, password_hash) as app:
        async with browsing(app, DESK) as ana:
            await ana.sign_in("ana")
            assert await ana.is_in()
        provider.lies(drop=["email", "email_verified"], userinfo={"sub": "somebody else"})
        async with browsing(app, DESK) as ana:
            await ana.sign_in("ana")
            await refused(ana, "is not valid")


async def test_a_provider_that_is_down_leaves_passwords(
    tiny_artifact: Path, provider: Provider, password_hash: str
) -> None:
    down = {"oidc_issuer": "http://localhost:9"}
    async with (
        desk(tiny_artifact, provider, password_hash, **down) as app,
        browsing(app, DESK) as ana,
    ):
        await ana.open("/oidc/start")
        await refused(ana, "cannot be reached", 503)
        fields = {"name": "ana@example.org", "password": PASSWORD}
        await ana.client.post(f"{DESK}/desk/sign-in", data=fields)
        assert await ana.is_in()


async def test_passwords_can_be_switched_off(
    tiny_artifact: Path, provider: Provider, password_hash: str
) -> None:
    async with (
        desk(tiny_artifact, provider, password_hash, password_sign_in=False) as app,
        browsing(app, DESK) as ana,
    ):
        assert 'type="password"' not in (await ana.open("/sign-in")).text
        fields = {"name": "ana@example.org", "password": PASSWORD}
        ana.page = await ana.client.post(f"{DESK}/desk/sign-in", data=fields)
        await refused(ana, "takes no passwords")
        await ana.sign_in("ana")
        assert await ana.is_in()
        assert 'type="password"' not in ana.page.text
        change = {"csrf": csrf_of(ana.page.text), "old": PASSWORD, "new": "another long password"}
        answer = await ana.client.post(f"{DESK}/desk/profile/password", data=change)
        assert answer.status_code == 403


async def test_an_admin_opens_an_account_to_a_new_identity(
    app: FastAPI, ana: Browser, provider: Provider
) -> None:
    await ana.sign_in("ana")
    provider.knows(ana2=ANA)
    with app.state.service.database.reading() as session:
        account = accounts.named(session, "ana@example.org").id
    async with browsing(app, DESK) as other, browsing(app, DESK) as kim:
        await other.sign_in("ana2")
        await refused(other, "belongs to somebody else")
        await kim.client.post(f"{DESK}/desk/sign-in", data={"name": "admin", "password": PASSWORD})
        page = await kim.open(f"/people/{account}")
        assert provider.issuer in page.text
        token = {"csrf": csrf_of(page.text)}
        await kim.client.post(f"{DESK}/desk/people/{account}/identity", data=token)
        await other.sign_in("ana2")
        assert await other.is_in()


async def test_without_a_provider_there_are_no_such_pages(tiny_artifact: Path) -> None:
    async with in_process(create_app(make_settings(tiny_artifact))) as client:
        for path in ("start", "callback", "end"):
            assert (await client.get(f"/desk/oidc/{path}")).status_code == 404
        assert "oidc" not in (await client.get("/desk/sign-in")).text


FULL: dict[str, Any] = {
    "public_url": "https://desk.example",
    "oidc_issuer": "https://id.example",
    "oidc_client_id": "desk",
    "oidc_client_secret": SECRET,
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"public_url": None}, "go together"),
        ({"oidc_client_secret": None}, "go together"),
        ({"oidc_client_secret": "changeme" * 5}, "repeats itself|examples"),
        ({"oidc_issuer": "http://id.example"}, "https"),
        ({"public_url": "http://desk.example"}, "https"),
        ({"public_url": "https://desk.example/below"}, "origin"),
        ({"oidc_roles": ("moderators=boss",)}, "VALUE=ROLE"),
        ({"oidc_role_claim": "groups"}, "go together"),
        ({"oidc_create_accounts": True}, "MODSVC_OIDC_ROLE_CLAIM"),
        (
            {
                "oidc_issuer": None,
                "oidc_client_id": None,
                "oidc_client_secret": None,
                "password_sign_in": False,
            },
            "nobody could sign in",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes: dict[str, Any], words: str) -> None:
    assert Settings(**FULL).oidc_issuer == "https://id.example"
    with pytest.raises(ValueError, match=words) as caught:
        Settings(**{**FULL, **changes})
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(Settings(**FULL))
