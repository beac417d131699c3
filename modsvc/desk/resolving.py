"""What people do with an item that they hold: decide, think better of it, give it back, go on.

In: forms of an item's page. Out: the way to the next page; whoever has to be told of a changed
state, or of an appeal's end, is told in the same transaction. Rules are in `modsvc.review.resolve`.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from modsvc.api.deps import service_of
from modsvc.desk.filters import Wanted
from modsvc.desk.guard import REVIEWS
from modsvc.desk.items import ItemId, page
from modsvc.desk.pages import go
from modsvc.errors import InputError
from modsvc.ingest.announce import announce_appeal, announce_changed
from modsvc.review import claims
from modsvc.review.resolve import Resolved, Ruling, resolve, undo
from modsvc.review.sessions import Visitor
from modsvc.review.words import Resolution
from modsvc.store import wire
from modsvc.store.tables import Item

router = APIRouter(prefix="/items")

_JSON: Final = "application/json"


@router.post("/{item}/resolve")
def decide(
    request: Request,
    visitor: Annotated[Visitor, Depends(REVIEWS)],
    item: ItemId,
    resolution: Annotated[Resolution, Form()],
    categories: Annotated[list[str], Form()] = [],  # noqa: B006 (the framework copies it)
    note: Annotated[str, Form()] = "",
    copies: Annotated[list[str], Form()] = [],  # noqa: B006
    rest: Annotated[bool, Form()] = False,
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Resolve the item, and those of its copies that were chosen. No category leaves them open."""
    service, account = service_of(request), visitor.account
    try:
        ruling = Ruling(resolution=resolution, categories=categories or None, note=note)
    except InputError as error:
        filled = {"categories": categories, "note": note, "copies": copies}
        return page(
            *(request, visitor, item),
            rest=rest,
            back=back,
            filled=filled,
            wrong=str(error),
        )
    done: Resolved = service.writer.submit(
        lambda session: resolve(
            *(session, account, item, ruling, service.practice),
            with_copies=copies,
            on_changed=announce_changed,
            on_appeal=announce_appeal,
        )
    ).result()
    said = {"done": item, "copies": str(len(done.copies)), "skipped": str(done.skipped)}
    return go("/", **said, **_carried(rest, back))


@router.post("/{item}/undo")
def take_back(
    request: Request, visitor: Annotated[Visitor, Depends(REVIEWS)], item: ItemId
) -> Response:
    """Undo one's resolution within a moment, and hold the item again."""
    service = service_of(request)
    service.writer.submit(
        lambda session: undo(
            *(session, visitor.account, item, service.practice),
            on_changed=announce_changed,
            on_appeal=announce_appeal,
        )
    ).result()
    return go(f"/items/{item}", "undone")


@router.post("/{item}/release")
def give_back(
    request: Request,
    visitor: Annotated[Visitor, Depends(REVIEWS)],
    item: ItemId,
    rest: Annotated[bool, Form()] = False,
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Leave the item to somebody else."""
    service_of(request).writer.submit(
        lambda session: claims.release(session, visitor.account, item)
    ).result()
    return go("/", "released", **_carried(rest, back))


@router.post("/{item}/renew")
def renew(
    request: Request,
    visitor: Annotated[Visitor, Depends(REVIEWS)],
    item: ItemId,
    rest: Annotated[bool, Form()] = False,
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """More time for the item; `item.js` asks for JSON and stays where it is."""
    service = service_of(request)
    held: Item = service.writer.submit(
        lambda session: claims.renew(session, visitor.account, item, service.practice)
    ).result()
    if request.headers.get("accept") == _JSON and held.lease_until is not None:
        seconds = int(service.practice.lease.total_seconds())
        return JSONResponse({"until": wire.iso(held.lease_until), "seconds": seconds})
    return go(f"/items/{item}", "renewed", rest="1" if rest else "", back=back)


def _carried(rest: bool, back: str) -> dict[str, str]:
    """What the queue is told: that a break is due, and the filters that it had."""
    return {**Wanted.of_back(back).fields, "rest": "1" if rest else ""}
