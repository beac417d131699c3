"""Exports: decisions, events and reviewed texts as files.

In: a time and a format. Out: a file, sent as it is read, once an event says who took it. What is
in it is left to `modsvc.review.export`.
"""

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.desk.files import streamed
from modsvc.desk.guard import LEADS, OVERSEES
from modsvc.desk.pages import render
from modsvc.desk.period import whole_days
from modsvc.review import export
from modsvc.review.export import Order
from modsvc.review.sessions import Visitor
from modsvc.store.columns import utcnow

router = APIRouter(prefix="/records/exports")

_Day = Annotated[date, Form()]
_Format = Annotated[export.Format, Form()]


@router.get("")
def show(request: Request, visitor: Annotated[Visitor, Depends(OVERSEES)]) -> Response:
    """The forms."""
    today = utcnow().date()
    shown = {
        "formats": export.FORMATS,
        "since": today.replace(day=1),
        "until": today,
        "may_texts": visitor.account.role in LEADS.roles,
        "kept_days": service_of(request).settings.retention_days,
    }
    return render(request, "exports.html", shown)


@router.post("")
def take(
    request: Request,
    visitor: Annotated[Visitor, Depends(OVERSEES)],
    what: Annotated[Literal["decisions", "events"], Form()],
    since: _Day,
    until: _Day,
    fmt: _Format,
    community: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """Decisions or events, without anyone's words."""
    return _sent(request, visitor, _order(what, since, until, fmt, community))


@router.post("/texts")
def take_texts(
    request: Request,
    visitor: Annotated[Visitor, Depends(LEADS)],
    what: Annotated[Literal["decisions", "reviews"], Form()],
    since: _Day,
    until: _Day,
    fmt: _Format,
    community: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """Decisions with their texts, or reviewed texts as training data."""
    order = _order(what, since, until, fmt, community)
    return _sent(request, visitor, replace(order, with_text=True))


def _order(
    what: export.What, since: date, until: date, fmt: export.Format, community: str
) -> Order:
    """Both days are part of it. Raises InputError for a last day before the first one."""
    begin, end = whole_days(since, until)
    place = community.strip() or None
    return Order(what=what, fmt=fmt, community=place, since=begin, until=end)


def _sent(request: Request, visitor: Visitor, order: Order) -> Response:
    service = service_of(request)
    with service.database.transaction() as session:
        export.note(session, order, actor=visitor.account.id)
    parts = export.parts(service.database, order, kept_days=service.settings.retention_days)
    return streamed(parts, export.MEDIA_TYPES[order.fmt], order.file_name)
