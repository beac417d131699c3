"""A person at the desk with a real browser: pages are photographed, and axe goes over them."""

from pathlib import Path
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.desk.conftest import PASSWORD

#: Where pictures of the pages stay, for people to look at.
SHOTS: Final = Path(__file__).parent.parent.parent / "build" / "screenshots"

DESKTOP: Final = {"width": 1280, "height": 900}
PHONE: Final = {"width": 360, "height": 740}


class Looker:
    """Someone in a role, whose browser complains of nothing and asks nobody else."""

    def __init__(self, browser: Browser, base: str, role: str, **how: Any) -> None:
        self.base, self.role = base, role
        self.complaints: list[str] = []
        self.page: Page = browser.new_page(viewport=DESKTOP, **how)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "request",
            lambda asked: asked.url.startswith(base) or self.complaints.append(asked.url),
        )
        self.page.on("dialog", lambda dialog: dialog.accept())

    def sign_in(self) -> None:
        """By the form, as everybody does."""
        self.page.goto(f"{self.base}/desk/")
        self.page.get_by_label("Name").fill(self.role)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def open(self, path: str) -> None:
        """A page by its address."""
        self.page.goto(f"{self.base}/desk{path}")

    def go(self, place: str) -> None:
        """A page by the menu."""
        self.page.get_by_role("navigation").get_by_role("link", name=place, exact=True).click()

    def press(self, button: str) -> None:
        """A button by its words."""
        self.page.get_by_role("button", name=button).first.click()

    def look(self, name: str) -> None:
        """Photograph the page in two sizes; axe must find nothing serious, and it must fit."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{self.role}-{name}.png", full_page=True)
        self._judge(name)
        self.page.set_viewport_size(PHONE)
        self.page.screenshot(path=SHOTS / f"{self.role}-{name}-phone.png", full_page=True)
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], f"{name} is {wide} px wide on a phone"
        self._judge(f"{name} on a phone")
        self.page.set_viewport_size(DESKTOP)

    def leave(self) -> None:
        """Close the page; nothing may have been complained of."""
        self.page.close()
        assert not self.complaints, self.complaints

    def _note(self, said: ConsoleMessage) -> None:
        # A refused form is part of the day, and Chromium notes its status as an error.
        if said.type in ("error", "warning") and "status of" not in said.text:
            self.complaints.append(said.text)

    def _judge(self, name: str) -> None:
        # axe is put in past the policy that keeps scripts out, as an extension would.
        found = Axe().run(self.page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        told = [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in serious]
        assert not told, f"{name}: {told}"
