"""Whoever knocks at the application, and what they are answered.

In: an application that runs. Out: requests as each caller of `tests.route_table` would send them,
and whether it was the guard who refused one.
"""

from collections.abc import Iterator
from typing import NamedTuple

import httpx
from fastapi import FastAPI

from modsvc.api.deps import Service
from modsvc.review import accounts, sessions
from modsvc.review.words import ROLES
from modsvc.store import api_keys, outbox
from modsvc.store.api_keys import SCOPES
from modsvc.store.tables import Account, Item, PolicyVersion
from tests.route_table import Route, routes


class Sent(NamedTuple):
    """What a caller adds to a request: headers, and the fields of a form."""

    headers: dict[str, str]
    form: dict[str, str]


class Doors:
    """The application, whoever knocks at it, and something for each path to be about."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.service: Service = app.state.service
        self.client = client
        self.routes = routes(app)
        self.values: dict[str, str] = {}
        with self.service.database.transaction() as session:
            self.people: dict[str, Account] = {
                role: accounts.create(session, role, "", role, actor="operator") for role in ROLES
            }
            spare = accounts.create(session, "spare", "", "reviewer", actor="operator")
            self.tokens: dict[str, str] = {
                scope: api_keys.add(session, scope, [scope], actor="operator").token
                for scope in SCOPES
            }
            key = api_keys.add(session, "spare", ["score"], actor="operator").key
            hook = outbox.add_webhook(
                session, "https://platform.example/", ["decision.made"], community="", actor="cli"
            )
        self.values |= {"account": spare.id, "key": key.id, "webhook": hook.id}

    async def fill(self) -> None:
        """Have a text that waits for review."""
        text = {"content_id": "c1", "text": "You hateword", "author_id": "a1"}
        key = {"Authorization": f"Bearer {self.tokens['ingest']}"}
        assert (await self.client.post("/v1/content", json=text, headers=key)).status_code == 202
        with self.service.database.reading() as session:
            [item] = session.query(Item).all()
            [policy] = session.query(PolicyVersion).all()
        made = {"content_id": "c1", "author_id": "a1", "item": item.id, "version": policy.version}
        self.values |= {**made, "content": str(item.content), "chart": "volume"}

    def sent_by(self, caller: str, *, signed_in: bool = True) -> Sent:
        """A sign-in made for this request alone, which may end it; or a key; or nothing."""
        kind, _, name = caller.partition(":")
        if kind == "desk" and signed_in:
            with self.service.database.transaction() as session:
                made = sessions.start(session, self.people[name])
            return Sent({"Cookie": f"modsvc_desk={made.token}"}, {"csrf": made.csrf_token})
        if kind == "key":
            return Sent({"Authorization": f"Bearer {self.tokens[name]}"}, {})
        return Sent({}, {})

    async def knock(self, route: Route, sent: Sent, method: str | None = None) -> httpx.Response:
        """Ask for it."""
        method = method or route.method
        return await self.client.request(
            method,
            route.url(self.values),
            headers=sent.headers,
            data=sent.form if route.is_page and method == "POST" else None,
        )

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes)


def is_sent_away(route: Route, caller: str, answer: httpx.Response) -> bool:
    """Refused for who is asking, by the guard; whatever else a route answers is let in."""
    if not route.is_page:
        lacks = answer.status_code == 403 and "lacks the scope" in answer.text
        return answer.status_code == 401 or lacks
    if caller.startswith("desk:"):
        return answer.status_code == 403 and "This page is for others" in answer.text
    return answer.status_code == 303 and answer.headers["location"] == "/desk/sign-in"
