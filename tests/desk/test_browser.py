"""A day of each role in a real browser; pictures of every page stay in build/screenshots."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from modsvc.api.deps import Service
from modsvc.app import create_app
from modsvc.review import accounts
from modsvc.review.words import ROLES
from tests.api.serving import make_settings, on_socket
from tests.browsers import needs_browser
from tests.desk.looking import Looker

pytestmark = needs_browser

TEXT = "hello hateword women"


@pytest.fixture
def base(tiny_artifact: Path, password_hash: str) -> Iterator[str]:
    """A running service with an account a role."""
    app = create_app(make_settings(tiny_artifact, golden_share=0, second_review_share=0))
    service: Service = app.state.service
    with service.database.transaction() as session:
        for role in ROLES:
            accounts.create(session, role, password_hash, role, actor="operator")
    with on_socket(app) as url:
        yield url


def send(base: str, content_id: str, text: str = TEXT, **more: object) -> None:
    body = {"content_id": content_id, "text": text, "language": "es", **more}
    assert httpx.post(f"{base}/v1/content", json=body, timeout=60).status_code == 202


def test_a_reviewer_s_day(browser: Browser, base: str) -> None:
    send(base, "c1", "hello threatsword women", context={"parent": "who said that"})
    for number in (2, 3, 4):
        send(base, f"c{number}")
    send(base, "c5", "مرحبا hateword", language="es")
    ana = Looker(browser, base, "reviewer")
    ana.open("/")
    ana.look("sign-in")
    ana.sign_in()
    ana.look("queue")
    page = ana.page

    # By keys alone: the next item, its text, a category, a verdict, and back again.
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Review")
    ana.look("item")
    assert "hello threatsword women" not in page.get_by_role("main").inner_text()
    page.keyboard.press("b")
    expect(page.locator("mark").first).to_be_visible()
    assert "threatsword" not in page.get_by_role("main").inner_text()
    page.keyboard.press("m")
    assert "threatsword" in page.get_by_role("main").inner_text()
    ana.look("item-open")
    page.keyboard.press("1")
    page.keyboard.press("c")
    page.keyboard.type("a threat, plainly; u")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("u")
    expect(page.get_by_role("heading", name="Resolved")).to_be_visible()
    ana.look("queue-resolved")
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="Uphold")).to_be_visible()
    page.keyboard.press("e")
    expect(page.get_by_role("link", name="where it can be reported")).to_be_visible()
    ana.look("queue-escalated")

    # One look settles what was pasted three times.
    page.keyboard.press("n")
    expect(page.get_by_text("2 copies of this text wait")).to_be_visible()
    ana.look("item-copies")
    page.keyboard.press("o")
    expect(page.get_by_text("2 copies of the text were resolved too.")).to_be_visible()

    # A text from right to left stands so.
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Review")
    page.keyboard.press("b")
    expect(page.locator("mark").first).to_be_visible()
    ana.look("item-rtl")
    page.keyboard.press("r")

    for place, name in (("Appeals", "appeals"), ("Routes", "routes"), ("Help", "help")):
        ana.go(place)
        ana.look(name)
    ana.go("My settings")
    page.get_by_label("Language of the desk").select_option("ru")
    page.get_by_label("Size of the letters").select_option("larger")
    page.get_by_label("No colours").check()
    page.locator("#look + form button, section[aria-labelledby=look] button").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    ana.look("settings-ru")
    ana.open("/")
    ana.look("queue-ru")
    ana.open("/dashboard")
    expect(page.get_by_role("alert")).to_be_visible()
    ana.look("not-for-reviewers")
    ana.leave()


def test_a_lead_s_day(browser: Browser, base: str) -> None:
    send(base, "c1")
    send(base, "c2", "hello again hateword")
    ana = Looker(browser, base, "reviewer")
    ana.sign_in()
    for verdict in ("Uphold", "Escalate"):
        ana.press("Take the next item")
        ana.press(verdict)
    ana.leave()

    eva = Looker(browser, base, "lead")
    eva.sign_in()
    eva.press("Take the next item")
    eva.look("adjudication")
    assert "reviewer" in eva.page.get_by_role("main").inner_text()
    eva.press("Overturn")
    eva.go("Appeals")
    eva.page.locator("#content_id").fill("c1")
    eva.page.locator("#appeal-words").fill("I was quoting somebody else.")
    eva.press("Enter it")
    eva.look("appeals")
    for place, name in (("Dashboard", "dashboard"), ("Quality", "quality"), ("People", "people")):
        eva.go(place)
        eva.look(name)
    eva.page.get_by_role("link", name="reviewer").first.click()
    eva.page.get_by_label("cap").first.fill("40")
    eva.press("Save")
    eva.look("person")
    eva.go("Records")
    eva.page.locator("#content").fill("c1")
    eva.press("Find")
    eva.look("record")
    eva.page.get_by_role("link", name="vidence").first.click()
    eva.look("evidence")
    eva.page.locator("textarea, input[name=reason]").first.fill("asked for by the ombudsman")
    with eva.page.expect_download() as loading:
        eva.page.get_by_role("main").get_by_role("button").first.click()
    assert loading.value.suggested_filename.endswith(".zip")
    eva.leave()


def test_an_auditor_s_day(browser: Browser, base: str) -> None:
    send(base, "c1")
    max_ = Looker(browser, base, "auditor")
    max_.sign_in()
    max_.look("begin")
    for place, name in (
        ("Dashboard", "dashboard"),
        ("Quality", "quality"),
        ("Policies", "policies"),
        ("Records", "records"),
        ("Appeals", "appeals"),
    ):
        max_.go(place)
        max_.look(name)
    for path, name in (
        ("/records/verify", "verify"),
        ("/records/transparency", "transparency"),
        ("/records/exports", "exports"),
    ):
        max_.open(path)
        max_.look(name)
    max_.open("/people")
    expect(max_.page.get_by_role("alert")).to_be_visible()
    max_.leave()


def test_an_admin_s_day(browser: Browser, base: str) -> None:
    send(base, "c1")
    kim = Looker(browser, base, "admin")
    kim.sign_in()
    kim.go("People")
    page = kim.page
    page.locator("#name").fill("bea")
    page.locator("#password").fill("a long enough password")
    page.locator("#again").fill("a long enough password")
    kim.press("Add")
    expect(page.get_by_text("bea").first).to_be_visible()

    # A stricter policy: drafted, tried out on what was decided, and made to hold.
    kim.go("Policies")
    kim.look("policies")
    page.get_by_role("table").get_by_role("link").first.click()
    kim.look("policy")
    page.get_by_role("link", name="Write a new version of it").click()
    kim.look("policy-edit")
    page.locator("#name").fill("stricter")
    page.locator("[name=new_label]").first.select_option("misogyny")
    page.locator("[name=new_language]").first.fill("es")
    page.locator("[name=new_review]").first.fill("0.99")
    page.locator("[name=term_pattern]").first.fill("badword*")
    kim.press("Save as a draft")
    kim.look("policy-draft")
    page.get_by_role("link", name="Try it out on what was decided").click()
    kim.press("Try it out")
    kim.look("policy-backtest")
    page.go_back()
    page.go_back()
    page.get_by_role("main").get_by_role("checkbox").check()
    kim.press("Activate this version")
    kim.go("Policies")
    expect(page.get_by_text("stricter").first).to_be_visible()
    page.get_by_role("main").get_by_role("checkbox").check()
    kim.press("Go back to the version before")

    kim.go("Webhooks")
    page.locator("#url").fill("https://hooks.example.org/modsvc")
    kim.press("Add the webhook")
    kim.look("webhooks")
    kim.go("API keys")
    kim.look("keys")
    kim.go("Routes")
    kim.press("Add placeholders")
    kim.look("routes")
    kim.leave()
