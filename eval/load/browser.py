"""A browser without pictures: pages, forms, the cookie, the way on after a form.

In: addresses below the desk, and forms to send. Out: a `Page`; Lost where the connection broke.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlencode, urlsplit

from eval.load.http import Answer, Connection

DESK: Final = "/desk"


@dataclass
class Form:
    """A form: where it goes, and what it brings as it stands; `offered` are boxes to tick."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    offered: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown now."""

    path: str
    status: int
    forms: tuple[Form, ...]

    def form(self, ending: str) -> Form | None:
        """The first form that goes to a path with this ending."""
        return next((form for form in self.forms if form.action.endswith(ending)), None)


class Browser:
    """One person's browser."""

    def __init__(self, host: str, port: int) -> None:
        self._origin = f"http://{host}:{port}"
        self._connection = Connection(host, port)
        self._cookie = ""

    async def open(self, path: str) -> Page:
        """Go to a page of the desk. Raises Lost."""
        return await self._show("GET", path, b"")

    async def send(self, form: Form, **more: str | list[str]) -> Page:
        """Send a form, with further fields. Raises Lost."""
        added = [
            (name, value)
            for name, given in more.items()
            for value in ([given] if isinstance(given, str) else given)
        ]
        kept = [(name, value) for name, value in form.fields if name not in more]
        return await self._show("POST", form.action, urlencode(kept + added).encode())

    def close(self) -> None:
        """Close the window."""
        self._connection.close()

    async def _show(self, method: str, path: str, body: bytes) -> Page:
        answer = await self._ask(method, path, body)
        while answer.status == 303:
            path = answer.headers["location"]
            answer = await self._ask("GET", path, b"")
        found = _Forms()
        found.feed(answer.body.decode())
        return Page(urlsplit(path).path, answer.status, tuple(found.forms))

    async def _ask(self, method: str, path: str, body: bytes) -> Answer:
        headers = {"Cookie": self._cookie} if self._cookie else {}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers |= {"Origin": self._origin, "Sec-Fetch-Site": "same-origin"}
        answer = await self._connection.ask(method, path, headers, body)
        given = answer.headers.get("set-cookie")
        if given is not None:
            self._cookie = given.partition(";")[0]
        return answer


class _Forms(HTMLParser):
    """Collects forms: fields as they stand, chosen options, boxes to tick."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what this adds to the form that is open."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        if not self.forms:
            return
        form, name = self.forms[-1], given.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            form.fields.append((self._select, given.get("value", "")))
        elif tag == "input" and given.get("type") in ("checkbox", "radio"):
            form.offered.append((name, given.get("value", "on")))
            if "checked" in given:
                form.fields.append(form.offered[-1])
        elif tag == "input" and name:
            form.fields.append((name, given.get("value", "")))
