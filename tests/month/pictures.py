"""Pictures of the desk at the end of the month, as its lead sees it.

In: a running service. Out: PNG files: the dashboard, the quality page and the queue.
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

from eval.bench.servers import HOST
from eval.load.service import Service
from tests.browsers import CHROMIUM, FLAGS
from tests.month.people import LEAD
from tests.month.story import PASSWORD

_PAGES = {"dashboard": "/dashboard?days=1", "quality": "/quality?days=1", "queue": "/"}


def take(service: Service, folder: Path) -> None:
    """Sign in and take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    desk = f"http://{HOST}:{service.port}/desk"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{desk}/")
        page.get_by_label("Name").fill(LEAD)
        page.get_by_label("Password").fill(PASSWORD)
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        for name, path in _PAGES.items():
            page.goto(f"{desk}{path}")
            page.screenshot(path=folder / f"{name}.png", full_page=True)
        browser.close()
