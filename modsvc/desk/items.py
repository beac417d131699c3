"""One item: what was said, why it was flagged, and the form that decides.

In: an item's id. Out: its page. Its words are out of sight until they are asked for. What is shown
is put together by `modsvc.desk.cases`; what the form does is left to `modsvc.desk.resolving`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import Service, service_of
from modsvc.api.schemas_content import PLAIN
from modsvc.desk.cases import case_of
from modsvc.desk.guard import ANYONE, REVIEWS
from modsvc.desk.pages import go, render
from modsvc.review import claims, copies
from modsvc.review.copies import Copy
from modsvc.review.resolve import FINDABLE, MAX_NOTE_CHARS
from modsvc.review.sessions import Visitor
from modsvc.review.words import CLAIMABLE
from modsvc.store.columns import utcnow
from modsvc.store.tables import Account, Item

router = APIRouter(prefix="/items")

ItemId = Annotated[str, Path(max_length=36, pattern=PLAIN)]

#: Copies that one form can settle; a form has only so many fields.
MAX_COPIES: Final = 500


@router.get("/{item}")
def show(
    request: Request,
    visitor: Annotated[Visitor, Depends(ANYONE)],
    item: ItemId,
    rest: Annotated[bool, Query()] = False,
    back: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """The item, for who holds it, resolved it, or looks after the work of others."""
    return page(request, visitor, item, rest=rest, back=back)


@router.post("/{item}/claim")
def claim(
    request: Request, visitor: Annotated[Visitor, Depends(REVIEWS)], item: ItemId
) -> Response:
    """Take this very item, if nobody has it."""
    service = service_of(request)
    taken = service.writer.submit(
        lambda session: claims.claim_item(session, visitor.account, item, service.practice)
    ).result()
    return go(f"/items/{item}", rest="1" if taken.break_due else "")


def page(
    request: Request,
    visitor: Visitor,
    item: str,
    *,
    rest: bool = False,
    back: str = "",
    filled: dict[str, Any] | None = None,
    wrong: str | None = None,
) -> Response:
    """The item's page; `filled` is a form that came back because of what is `wrong` with it."""
    service, account, now = service_of(request), visitor.account, utcnow()
    case = case_of(service, account, item)
    held = case.view.item
    mine = held.state == "claimed" and held.lease_owner == account.id
    shown = {
        "case": case,
        "item": held,
        "mine": mine,
        "left": _left(held.lease_until, now) if mine else None,
        "free": _is_free(held, account, now),
        "undo": _can_undo(service, held, account, now),
        "copies": _copies(service, account, item) if mine else [],
        "findable": FINDABLE,
        "max_note": MAX_NOTE_CHARS,
        "rest": rest,
        "back": back,
        "filled": filled or {"categories": [], "note": "", "copies": None},
        "wrong": wrong,
    }
    return render(request, "item.html", shown, status=200 if wrong is None else 422)


def _copies(service: Service, account: Account, item: str) -> Sequence[Copy]:
    with service.database.reading() as session:
        return copies.find(session, account, item)[:MAX_COPIES]


def _is_free(item: Item, account: Account, now: datetime) -> bool:
    lapsed = item.lease_until is not None and item.lease_until <= now
    return item.kind in CLAIMABLE[account.role] and (
        item.state == "open" or (item.state == "claimed" and lapsed)
    )


def _can_undo(service: Service, item: Item, account: Account, now: datetime) -> bool:
    return (
        item.resolved_by == account.id
        and item.resolved_at is not None
        and now - item.resolved_at <= service.practice.undo
    )


def _left(until: datetime | None, now: datetime) -> timedelta:
    return timedelta(0) if until is None else max(until - now, timedelta(0))
