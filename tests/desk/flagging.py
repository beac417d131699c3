"""Texts that the platform sends and the policy flags, and what people do about them."""

import re
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from modsvc.store.tables import Item
from tests.desk.browsing import Person

TEXT = "hello hateword women"


async def flag(platform: httpx.AsyncClient, content_id: str, text: str = TEXT, **more: Any) -> str:
    """Send a text that has to be reviewed; its item's id."""
    # In Spanish the tests' model never withholds.
    body = {"content_id": content_id, "text": text, "language": "es", **more}
    answer = await platform.post("/v1/content", json=body)
    item = answer.json()["items"][0]["item"]
    assert answer.status_code == 202
    assert item is not None
    return str(item)


async def take(person: Person) -> str:
    """Ask for the next item from the queue; its id, which the page's address has."""
    await person.get("/")
    await person.post("/next")
    found = re.fullmatch(r"/desk/items/([\w-]+)", person.page.url.path)
    assert found is not None, person.page.url
    return found[1]


async def decide(person: Person, item: str, resolution: str, **fields: Any) -> httpx.Response:
    """Send the form of an item's page."""
    return await person.post(f"/items/{item}/resolve", resolution=resolution, **fields)


def item_of(app: FastAPI, item: str) -> Item:
    """The item as it is now."""
    with app.state.service.database.reading() as session:
        return session.get_one(Item, item)  # type: ignore[no-any-return]


def items(app: FastAPI, kind: str) -> list[Item]:
    """All items of a kind, in the order in which they were made."""
    with app.state.service.database.reading() as session:
        return list(session.scalars(select(Item).where(Item.kind == kind).order_by(Item.id)))
