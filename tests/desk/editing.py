"""The editor of policies without a browser: what its form holds, and sending it."""

from html.parser import HTMLParser
from typing import Any

import httpx
from fastapi import FastAPI

from modsvc.api.deps import Service
from modsvc.store import policies as rows
from tests.desk.browsing import Person


async def begin(eva: Person, app: FastAPI, mode: str = "form") -> str:
    """Open the editor on the active version."""
    version = active(app)
    await eva.get(f"/policies/{version}/edit", **{"as": mode})
    assert eva.page.status_code == 200, eva.page.text
    return version


async def edited(eva: Person, do: str, **changes: Any) -> httpx.Response:
    """Change some fields of the editor that is open, and press a button."""
    fields = {**fields_of(eva.page.text), **changes, "do": do}
    return await eva.post(str(eva.page.url.path).removeprefix("/desk"), **fields)


def row(**typed: str) -> dict[str, list[str]]:
    """One new threshold."""
    names = ("community", "label", "language", "review", "withhold")
    return {f"new_{name}": [typed.get(name, "")] for name in names}


def active(app: FastAPI) -> str:
    service: Service = app.state.service
    with service.database.reading() as session:
        return str(rows.active_version(session))


def versions(app: FastAPI) -> list[str]:
    with app.state.service.database.reading() as session:
        return [found.version for found in rows.newest_first(session)]


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of the editor's form as it stands."""
    found = _Fields()
    found.feed(page)
    return found.sent


class _Fields(HTMLParser):
    """The fields of the forms of a page, buttons left out."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._area = self._select = ""
        self._words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and given.get("type") == "checkbox":
            if "checked" in given:
                self.sent.setdefault(name, []).append(value)
        elif tag == "input":
            self.sent.setdefault(name, []).append(value)
        elif tag == "textarea":
            self._area, self._words = name, ""
        elif tag == "select":
            self._select = name
            self.sent.setdefault(name, []).append("")
            self._first = True
        elif tag == "option" and (self._first or "selected" in given):
            self.sent[self._select][-1], self._first = value, False

    def handle_data(self, data: str) -> None:
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # A browser leaves the first line break out.
            self.sent.setdefault(self._area, []).append(self._words.removeprefix("\n"))
