"""A person who reviews at the desk, by its pages alone, and does not always do the expected.

In: a name and a password. Out: counts of what they did, and of what they were refused. They take
the next item, decide, think better of it, give items back, grab what another one holds, and change
their settings; when the connection breaks they begin again at the queue.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Final

from eval.load.browser import DESK, Browser, Form, Page
from eval.load.http import Lost

#: How long one thinks, in seconds; people take longer, but two of them stand for a team.
THINK_S: Final = (0.05, 0.4)

#: How long one waits, in seconds, when the connection broke.
_AGAIN_S: Final = 1.0

_DECISIONS: Final = ("uphold", "uphold", "overturn", "overturn", "escalate")


class Reviewer:
    """One person; `board` are the items that anybody holds, for others to grab."""

    def __init__(
        self, browser: Browser, name: str, password: str, board: dict[str, str], seed: int
    ) -> None:
        self._browser = browser
        self._name, self._password = name, password
        self._board = board
        self._chance = random.Random(seed)
        self.did: Counter[str] = Counter()

    async def work(self, stop: asyncio.Event) -> None:
        """Review until `stop`; then take one more item and go home with it."""
        while not stop.is_set():
            try:
                await self._review_one()
            except Lost:
                self.did["lost connection"] += 1
                await asyncio.sleep(_AGAIN_S)
            await asyncio.sleep(self._chance.uniform(*THINK_S))
        for _ in range(100):
            try:
                await self._take()
                break
            except Lost:
                await asyncio.sleep(_AGAIN_S)
        self._browser.close()

    async def take_over(self, items: Sequence[str]) -> list[str]:
        """Claim particular items; those that could not be had. Raises Lost."""
        page = await self._queue()
        refused = [item for item in items if not await self._grab(page, item)]
        self._browser.close()
        return refused

    async def _review_one(self) -> None:
        page = await self._take()
        if page is None:
            return
        item = page.path.rpartition("/")[2]
        self._board[self._name] = item
        await asyncio.sleep(self._chance.uniform(*THINK_S))
        what = self._chance.random()
        if what < 0.08:
            await self._send(page, "/release", "released")
        elif what < 0.16:
            await self._resolve(page)
            await self._think_better(item)
        else:
            await self._resolve(page)
        if self._chance.random() < 0.05:
            await self._send(await self._open("/profile"), "/profile/look", "settings")
        if self._chance.random() < 0.1:
            await self._meddle()

    async def _queue(self) -> Page:
        """The queue, after signing in where that is asked for."""
        page = await self._open("/")
        form = page.form("/sign-in")
        if form is None:
            return page
        shown = await self._browser.send(form, name=self._name, password=self._password)
        return self._noted(shown, "signed in")

    async def _take(self) -> Page | None:
        page = await self._send(await self._queue(), "/next", "")
        if page is None or "/items/" not in page.path:
            self.did["found nothing"] += 1
            return None
        self.did["took"] += page.status == 200
        return page

    async def _resolve(self, page: Page) -> None:
        form = page.form("/resolve")
        if form is None:
            self.did["was not given the form"] += 1
            return
        decision = self._chance.choice(_DECISIONS)
        copies = [value for name, value in form.offered if name == "copies"]
        if self._chance.random() < 0.5:
            copies = []
        more: dict[str, str | list[str]] = {"resolution": decision, "copies": copies}
        if decision == "uphold":
            more["categories"] = ["derogation"]
        shown = self._noted(await self._browser.send(form, **more), decision)
        if shown.status == 200:
            self.did["copies"] += len(copies)

    async def _think_better(self, item: str) -> None:
        # The form is on the page of the item that was resolved.
        page = await self._send(await self._open(f"/items/{item}"), "/undo", "undone")
        if page is not None:
            await self._resolve(page)

    async def _meddle(self) -> None:
        """Try to get what another one holds, and to decide about it."""
        others = [item for name, item in self._board.items() if name != self._name]
        if others:
            page = await self._queue()
            if not await self._grab(page, others[0]):
                self.did["kept off another's item"] += 1

    async def _grab(self, page: Page, item: str) -> bool:
        token = next((form.fields for form in page.forms if form.fields), [])
        claim = Form(f"{DESK}/items/{item}/claim", token)
        shown = await self._browser.send(claim)
        self._noted(shown, "")
        return shown.status == 200 and shown.form("/resolve") is not None

    async def _open(self, path: str) -> Page:
        return self._noted(await self._browser.open(f"{DESK}{path}"), "")

    async def _send(self, page: Page, ending: str, done: str) -> Page | None:
        form = page.form(ending)
        if form is None:
            return None
        return self._noted(await self._browser.send(form), done)

    def _noted(self, page: Page, done: str) -> Page:
        """Count what was done, or by which status it was refused."""
        if page.status == 200:
            if done:
                self.did[done] += 1
        else:
            self.did[f"HTTP {page.status}"] += 1
        return page
