"""The queue: what waits for a person, what they hold, how their day goes, and the next item.

In: filters. Out: the page, which says of each item what it is and never its words; and the next
item, handed out by `modsvc.review.claims`. Auditors decide nothing: they are shown the dashboard.
"""

from datetime import timedelta
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Form, Query
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import Service, service_of
from modsvc.api.schemas_content import PLAIN
from modsvc.desk.cases import is_flagged
from modsvc.desk.filters import Wanted
from modsvc.desk.guard import ANYONE, REVIEWS
from modsvc.desk.pages import go, render
from modsvc.labels import CATEGORIES
from modsvc.review import claims, exposure, golden, queue
from modsvc.review.claims import Claim
from modsvc.review.queue import Filters
from modsvc.review.sessions import Visitor
from modsvc.review.words import SHOWN
from modsvc.store.columns import utcnow
from modsvc.store.tables import Account, Item

router = APIRouter()

#: So many items are listed; all are counted.
_LISTED: Final = 25


class Opened(Wanted):
    """The queue's address: filters, and what was done just before."""

    done: Annotated[str, Field(max_length=36, pattern=PLAIN)] = ""
    copies: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    skipped: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    rest: bool = False


class Done(NamedTuple):
    """An item that the visitor resolved a moment ago; `left` is the time to undo it."""

    item: Item
    copies: int
    skipped: int
    left: timedelta


@router.get("/")
def show(
    request: Request,
    visitor: Annotated[Visitor, Depends(ANYONE)],
    opened: Annotated[Opened, Query()],
) -> Response:
    """What waits for me, what I hold, what I have seen today."""
    service, account = service_of(request), visitor.account
    if account.role == "auditor":
        return go("/dashboard")
    now, filters = utcnow(), opened.filters
    with service.database.reading() as session:
        everything = queue.counts(session, account, now=now)
        found = everything
        if opened.fields:
            found = queue.counts(session, account, filters, now=now)
        shown = {
            "everything": everything,
            "found": found,
            "rows": queue.page(session, account, filters, limit=_LISTED, now=now),
            "held": claims.held(session, account),
            "today": exposure.today(session, account, service.practice, now=now),
            "done": _done(session, service, account, opened),
        }
    shown |= {"wanted": opened, "categories": CATEGORIES, "kinds": SHOWN}
    return render(request, "queue.html", shown)


@router.post("/next")
def take_next(
    request: Request,
    visitor: Annotated[Visitor, Depends(REVIEWS)],
    wanted: Annotated[Wanted, Form()],
) -> Response:
    """The next item; or the one that the visitor still holds."""
    service, account = service_of(request), visitor.account
    with service.database.reading() as session:
        taken: Item | Claim | None = _held(session, account)
    if taken is None:
        taken = _claim(service, account, wanted.filters)
    if taken is None:
        return go("/", "nothing-waits", **wanted.fields)
    if isinstance(taken, Item):
        return go(f"/items/{taken.id}", "still-yours", back=wanted.back)
    return go(f"/items/{taken.item.id}", back=wanted.back, rest="1" if taken.break_due else "")


def _held(session: Session, account: Account) -> Item | None:
    """What is still this person's and nobody else's, if anything."""
    now = utcnow()
    for item in claims.held(session, account):
        if item.lease_until is not None and item.lease_until > now:
            return item
    return None


def _claim(service: Service, account: Account, filters: Filters) -> Item | Claim | None:
    # The model may be asked for it, so it comes before the transaction.
    known = golden.choose(
        *(service.database, account, service.practice, filters),
        passes=lambda one: is_flagged(service, one.text, one.language),
    )

    def take(session: Session) -> Item | Claim | None:
        # Whoever asks twice at the same time gets one item.
        return _held(session, account) or claims.claim(
            session, account, service.practice, filters, known=known
        )

    return service.writer.submit(take).result()


def _done(session: Session, service: Service, account: Account, opened: Opened) -> Done | None:
    item = session.get(Item, opened.done) if opened.done else None
    if item is None or item.resolved_by != account.id or item.resolved_at is None:
        return None
    left = item.resolved_at + service.practice.undo - utcnow()
    return Done(item, opened.copies, opened.skipped, max(left, timedelta(0)))
