"""Single sign-on in a real browser, with a real provider at another site."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from eval.bench.servers import free_port
from modsvc.app import create_app
from modsvc.review import accounts
from tests.api.serving import make_settings, on_socket
from tests.browsers import needs_browser
from tests.desk.looking import Looker
from tests.desk.openid import Provider, running, settings_for

pytestmark = [*needs_browser, pytest.mark.slow]

ANA = "ana@example.org"
FONTS = "https://fonts.googleapis.com"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def provider(node_provider: Path, port: int) -> Iterator[Provider]:
    with running(node_provider, f"http://127.0.0.1:{port}") as started:
        yield started


@pytest.fixture
def base(tiny_artifact: Path, password_hash: str, provider: Provider, port: int) -> Iterator[str]:
    desk = f"http://127.0.0.1:{port}"
    app = create_app(make_settings(tiny_artifact, **settings_for(provider, desk)))
    with app.state.service.database.transaction() as session:
        accounts.create(session, ANA, password_hash, "reviewer", actor="operator")
        accounts.create(session, "admin", password_hash, "admin", actor="operator")
    with on_socket(app, port) as url:
        yield url


def at_provider(ana: Looker, login: str) -> None:
    """Sign in there, and agree."""
    ana.page.get_by_role("link", name="Sign in by").click()
    ana.page.locator("input[name=login]").fill(login)
    ana.page.locator("input[name=password]").fill("any")
    ana.page.locator("button[type=submit]").click()
    ana.page.locator("button[type=submit]").click()


def test_a_day_that_begins_and_ends_at_the_provider(
    browser: Browser, base: str, provider: Provider
) -> None:
    provider.knows(ana={"email": ANA, "email_verified": True})
    ana = Looker(browser, base, "oidc")
    # The provider's own pages would load letters from elsewhere.
    ana.page.route(f"{FONTS}/**", lambda asked: asked.fulfill(body="", content_type="text/css"))
    ana.open("/")
    ana.look("sign-in")
    at_provider(ana, "eve")
    expect(ana.page.get_by_role("alert")).to_contain_text("does not say by what name")
    ana.look("refused")
    ana.page.context.clear_cookies()

    at_provider(ana, "ana")
    # Another site sent the browser here, and yet the desk's strict cookie counts.
    expect(ana.page).to_have_url(f"{base}/desk/")
    expect(ana.page.get_by_text(ANA)).to_be_visible()
    ana.look("queue")
    ana.press("Sign out")
    expect(ana.page.get_by_role("link", name=re.compile("sign out of localhost"))).to_be_visible()
    ana.look("signed-out")
    ana.page.get_by_role("link", name=re.compile("sign out of localhost")).click()
    expect(ana.page).to_have_url(re.compile(re.escape(provider.issuer)))
    ana.page.locator("button[value=yes]").click()
    expect(ana.page).to_have_url(re.compile(re.escape(f"{base}/desk/sign-in")))

    kim = Looker(browser, base, "admin")
    kim.sign_in()
    kim.go("People")
    kim.page.get_by_role("link", name=ANA).click()
    expect(kim.page.get_by_text(provider.issuer)).to_be_visible()
    kim.look("person-by-provider")
    kim.press("Forget who signs in")
    expect(kim.page.get_by_text(provider.issuer)).not_to_be_visible()
    kim.leave()
    theirs = (provider.issuer, FONTS)
    ana.complaints = [one for one in ana.complaints if not one.startswith(theirs)]
    ana.leave()
