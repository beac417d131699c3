"""Appeals: what was objected to, what came of it, and entering one that came by another way.

In: a content and an appellant's words. Out: the page, which shows no words. An appeal's item is
taken from here or from the queue, and looks like any other. Rules are in `modsvc.review.appeals`.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.api.schemas_content import PLAIN
from modsvc.desk.guard import ANYONE, LEADS
from modsvc.desk.pages import go, render
from modsvc.errors import NotFound
from modsvc.review import appeals
from modsvc.review.appeals import MAX_CONTACT_CHARS, MAX_WORDS_CHARS
from modsvc.review.queue import claimable
from modsvc.review.sessions import Visitor
from modsvc.store import contents
from modsvc.store.tables import MAX_ID_CHARS

router = APIRouter(prefix="/appeals")


@router.get("")
def show(request: Request, visitor: Annotated[Visitor, Depends(ANYONE)]) -> Response:
    """Appeals that wait, and the last ones that ended."""
    with service_of(request).database.reading() as session:
        waiting = appeals.listed(session, "open")
        shown: dict[str, Any] = {
            "waiting": waiting,
            "ended": appeals.listed(session, "resolved"),
            "mine": claimable(session, visitor.account, [one.review.id for one in waiting]),
        }
    shown |= {"enters": visitor.account.role in LEADS.roles, "max_words": MAX_WORDS_CHARS}
    return render(request, "appeals.html", shown)


@router.post("")
def enter(
    request: Request,
    visitor: Annotated[Visitor, Depends(LEADS)],
    content_id: Annotated[str, Form(max_length=MAX_ID_CHARS, pattern=PLAIN)],
    words: Annotated[str, Form(max_length=MAX_WORDS_CHARS)],
    community: Annotated[str, Form(max_length=MAX_ID_CHARS, pattern=PLAIN)] = "",
    contact: Annotated[str, Form(max_length=MAX_CONTACT_CHARS)] = "",
) -> Response:
    """Enter an appeal that came by letter or telephone."""

    def start(session: Session) -> None:
        content = contents.get(session, community.strip(), content_id.strip())
        if content is None:
            raise NotFound("There is no such content in this community: check both.")
        appeals.start(
            *(session, content.id, words),
            actor=visitor.account.id,
            contact=contact.strip() or None,
            # A lead has read what is new in it.
            again=True,
        )

    service_of(request).writer.submit(start).result()
    return go("/appeals", "appealed")
