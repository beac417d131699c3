"""Records: everything about one text, and whether all of it is as it was written.

In: a content's id, or the head of the chain that somebody kept. Out: pages; erasure for good.
What is stored is read by `modsvc.accountability.case`, checked by `modsvc.store.verify`.
Taking records out of the house is left to `evidence` and `exports`.
"""

from itertools import islice
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from modsvc.accountability.case import Case
from modsvc.api.deps import service_of
from modsvc.desk.fields import check_sure
from modsvc.desk.guard import LEADS, OVERSEES, RUNS
from modsvc.desk.happenings import ERASED_FOR, HAPPENED, names
from modsvc.desk.pages import go, render
from modsvc.errors import ChainBroken, NotFound
from modsvc.review.outcome import ContentState, state
from modsvc.review.sessions import Visitor
from modsvc.store import contents, erasure, events, verify
from modsvc.store.columns import utcnow
from modsvc.store.tables import Content
from modsvc.store.verify import Head

router = APIRouter(prefix="/records")

#: More faults than this are counted, not listed.
_MAX_FAULTS: Final = 200

#: Somebody was shown words that the queue did not give them.
OPENED: Final = "record.opened"


@router.get("")
def search(
    request: Request,
    visitor: Annotated[Visitor, Depends(OVERSEES)],
    content: Annotated[str, Query(max_length=255)] = "",
    community: Annotated[str, Query(max_length=128)] = "",
) -> Response:
    """The form; with the platform's id of a content, or the store's own, its record."""
    asked = content.strip()
    if asked:
        with service_of(request).database.reading() as session:
            found = contents.get(session, community.strip(), asked) or session.get(Content, asked)
        if found is not None:
            return go(f"/records/{found.id}")
    shown = {"content": asked, "community": community, "missing": bool(asked)}
    return render(request, "records.html", shown, status=404 if asked else 200)


@router.get("/verify")
def check(
    request: Request,
    visitor: Annotated[Visitor, Depends(OVERSEES)],
    run: Annotated[bool, Query()] = False,
    anchor: Annotated[str, Query(max_length=128)] = "",
) -> Response:
    """Whether the chain, and all that it vouches for, is as it was written."""
    kept = Head.parse(anchor) if anchor.strip() else None
    shown = {"ran": run, "anchor": anchor, "head": None, "faults": [], "more": 0, "at": utcnow()}
    if run:
        with service_of(request).database.reading() as session:
            found = verify.verify(session, kept)
            shown["faults"] = list(islice(found, _MAX_FAULTS))
            shown["more"] = sum(1 for _ in found)
            shown["head"] = _head(session)
    return render(request, "verify.html", shown)


@router.get("/{content}")
def show(
    request: Request, content: str, visitor: Annotated[Visitor, Depends(OVERSEES)]
) -> Response:
    """The record of one text, in all of its versions; that it was opened is part of it."""
    service = service_of(request)
    with service.database.reading() as session:
        case = case_of(session, content)
        people = [event.actor for event in case.events]
        people += [item.resolved_by for item in case.reviews if item.resolved_by is not None]
        shown = {
            "case": case,
            "latest": case.contents[-1],
            "holds": _holds(case),
            "names": names(session, people),
            "versions": {one.id: one.version for one in case.contents},
            "happened": HAPPENED,
            "erased_for": ERASED_FOR,
            "may_take": visitor.account.role in LEADS.roles,
            "may_erase": visitor.account.role in RUNS.roles,
        }
    if any(one.text is not None for one in case.contents):
        actor = visitor.account.id
        service.writer.submit(
            lambda session: events.append(session, OPENED, actor=actor, content=content)
        ).result()
    return render(request, "record.html", shown)


@router.post("/{content}/erase")
def erase(
    request: Request,
    content: str,
    visitor: Annotated[Visitor, Depends(RUNS)],
    sure: Annotated[bool, Form()] = False,
) -> Response:
    """Delete the words of all versions, as `DELETE /v1/content` does."""
    check_sure(sure)
    service = service_of(request)

    def forget(session: Session) -> int:
        found = content_of(session, content)
        actor = visitor.account.id
        return erasure.erase(session, found.community, found.content_id, actor=actor)

    if service.writer.submit(forget).result():
        service.database.scrub()
    return go(f"/records/{content}", "erased")


def content_of(session: Session, content: str) -> Content:
    """The content version with this id. Raises NotFound."""
    found = session.get(Content, content)
    if found is None:
        raise NotFound("There is no such content: look for it by the platform's id.")
    return found


def case_of(session: Session, content: str) -> Case:
    """All that is stored about the content of this version. Raises NotFound."""
    found = content_of(session, content)
    return Case.read(session, found.community, found.content_id)


def _holds(case: Case) -> ContentState | None:
    """What holds for the latest version; None before anything is decided about it."""
    latest = case.contents[-1].id
    made = [decision for decision in case.decisions if decision.content == latest]
    if not made:
        return None
    return state(made[-1], [item for item in case.reviews if item.content == latest])


def _head(session: Session) -> Head | None:
    try:
        return verify.head(session)
    except ChainBroken:
        # The faults say so.
        return None
