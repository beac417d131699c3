"""Routes to report: where harassment can be reported, by country.

In: what an admin found out, and when it was checked. Out: the directory, each route with its
state in words, so that nobody relies on a contact that was never confirmed. Rules are in
`modsvc.accountability.routes`.
"""

from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from modsvc.accountability import routes
from modsvc.api.deps import service_of
from modsvc.desk.guard import ANYONE, RUNS
from modsvc.desk.pages import go, render
from modsvc.review.sessions import Visitor
from modsvc.store.columns import utcnow

router = APIRouter(prefix="/routes")

_Name = Annotated[str, Form(max_length=255)]
_Kind = Annotated[str, Form(max_length=32)]


@router.get("")
def show(
    request: Request,
    visitor: Annotated[Visitor, Depends(ANYONE)],
    country: Annotated[str, Query(max_length=2)] = "",
) -> Response:
    """The routes of all countries, or of one."""
    with service_of(request).database.reading() as session:
        found = routes.listed(session)
    by_country = {code: list(some) for code, some in groupby(found, lambda one: one.country)}
    shown = {
        "countries": sorted(by_country),
        "country": country,
        "found": {
            code: some for code, some in by_country.items() if not country or code == country
        },
        "unreliable": len(found) - len(routes.reliable(found)),
        "may_edit": visitor.account.role in RUNS.roles,
    }
    return render(request, "routes.html", shown)


@router.post("/seed")
def seed(request: Request, visitor: Annotated[Visitor, Depends(RUNS)]) -> Response:
    """Placeholders for the countries that have no route yet."""
    with service_of(request).database.transaction() as session:
        routes.seed(session, actor=visitor.account.id)
    return go("/routes", "routes-seeded")


@router.post("/add")
def add(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    country: Annotated[str, Form(max_length=2)],
    kind: _Kind,
    name: _Name,
) -> Response:
    """Another placeholder, to be filled in on the next page."""
    with service_of(request).database.transaction() as session:
        made = routes.add(
            session,
            country=country.strip().upper(),
            kind=kind,
            name=name,
            actor=visitor.account.id,
        )
    return go(f"/routes/{made.id}", "route-added")


@router.get("/{route}")
def show_one(request: Request, route: str, visitor: Annotated[Visitor, Depends(RUNS)]) -> Response:
    """One route, to be edited, confirmed or removed."""
    with service_of(request).database.reading() as session:
        found = routes.get(session, route)
    today = utcnow().date()
    shown = {"route": found, "today": today, "oldest": today - routes.GOOD_FOR}
    return render(request, "route.html", shown)


@router.post("/{route}/edit")
def edit(
    request: Request,
    route: str,
    visitor: Annotated[Visitor, Depends(RUNS)],
    kind: _Kind,
    name: _Name,
    contact: Annotated[str, Form(max_length=500)] = "",
    source_url: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Enter what was found out; it has to be confirmed again."""
    with service_of(request).database.transaction() as session:
        routes.edit(
            session,
            route,
            actor=visitor.account.id,
            kind=kind,
            name=name,
            contact=contact,
            source_url=source_url,
        )
    return go(f"/routes/{route}", "route-edited")


@router.post("/{route}/confirm")
def confirm(
    request: Request,
    route: str,
    visitor: Annotated[Visitor, Depends(RUNS)],
    checked_on: Annotated[date, Form()],
) -> Response:
    """Say that contact and source were right on a day."""
    with service_of(request).database.transaction() as session:
        routes.confirm(session, route, checked_on=checked_on, actor=visitor.account.id)
    return go("/routes", "route-confirmed")


@router.post("/{route}/remove")
def remove(request: Request, route: str, visitor: Annotated[Visitor, Depends(RUNS)]) -> Response:
    """Take a route out of the directory."""
    with service_of(request).database.transaction() as session:
        routes.remove(session, route, actor=visitor.account.id)
    return go("/routes", "route-removed")
