"""A text that was edited, flagged, and found to be a threat by the reviewer."""

import httpx
from fastapi import FastAPI

from modsvc.api.deps import Service
from modsvc.review import claims, resolve
from modsvc.review.resolve import Ruling
from modsvc.store import contents
from modsvc.store.tables import Account, Item

WORDS = "hateword <b>women</b>"
PARENT = "A photo of the team"


async def settled(app: FastAPI, platform: httpx.AsyncClient) -> str:
    """Send it and review it; the path of its record."""
    service: Service = app.state.service
    for text in ("Hello women", WORDS):
        body = {"content_id": "post 7", "community": "school", "text": text}
        body |= {"context": {"parent": PARENT}, "author_id": "maria"}
        assert (await platform.post("/v1/content", json=body)).status_code == 202
    with service.database.transaction() as session:
        ana = session.query(Account).filter_by(name="reviewer").one()
        item = session.query(Item).one().id
        claims.claim_item(session, ana, item, service.practice)
        ruling = Ruling(resolution="uphold", categories=["threats"], note="He knows where she is")
        resolve.resolve(session, ana, item, ruling, service.practice)
        latest = contents.get(session, "school", "post 7")
        assert latest is not None
        return f"/records/{latest.id}"
