"""A person at the desk, without a browser: follows links, fills in forms."""

from __future__ import annotations

from html.parser import HTMLParser
from types import TracebackType
from typing import Any

import httpx
from fastapi import FastAPI

from tests.desk.conftest import PASSWORD


class Person:
    """Signs in as the account of this name; `page` is what was shown last."""

    def __init__(self, app: FastAPI, name: str) -> None:
        self.name = name
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://localhost/desk",
            follow_redirects=True,
        )
        self.page = httpx.Response(200)

    async def __aenter__(self) -> Person:
        await self.post("/sign-in", name=self.name, password=PASSWORD)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.client.aclose()

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """Open a page of the desk."""
        self.page = await self.client.get(path, params=query)
        return self.page

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form, with the token of the page that was shown last."""
        token = csrf_of(self.page.text) if self.page.num_bytes_downloaded else ""
        self.page = await self.client.post(path, data={"csrf": token, **fields})
        return self.page


def csrf_of(page: str) -> str:
    """The token that a page's forms bring back; empty where it has none."""
    found = _Hidden()
    found.feed(page)
    return found.csrf


class _Hidden(HTMLParser):
    csrf = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name") == "csrf":
            self.csrf = given.get("value") or ""
