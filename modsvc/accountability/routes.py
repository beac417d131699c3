"""Where harassment can be reported, by country: a directory that operators keep.

In: placeholders from `routes.toml`, and what operators enter and confirm. Out: `Route`s, which
always come with their state, so that nobody is sent to a number that was never checked, or
not for a year. Every change is an event. Showing them beside an escalation is left to the desk.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.errors import AccountabilityError, NotFound
from modsvc.store import events
from modsvc.store.columns import utcnow
from modsvc.store.tables import ReportRoute

State = Literal["placeholder", "unconfirmed", "stale", "confirmed"]

#: A confirmation is good for so long.
GOOD_FOR: Final = timedelta(days=365)

ADDED: Final = "route_added"
EDITED: Final = "route_edited"
CONFIRMED: Final = "route_confirmed"
REMOVED: Final = "route_removed"

_COUNTRY: Final = re.compile("[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Route:
    """One place to report to. Only a `confirmed` one may be relied on.

    `placeholder`: nobody has entered a contact. `unconfirmed`: entered or edited since it was
    last confirmed. `stale`: confirmed more than a year ago. `country` is ISO 3166-1 alpha-2.
    """

    id: str
    country: str
    kind: str
    name: str
    contact: str | None
    source_url: str | None
    checked_on: date | None
    state: State


def seed(session: Session, *, actor: str) -> int:
    """Add the placeholders of countries that have no route yet; how many were added."""
    text = resources.files("modsvc.accountability").joinpath("routes.toml").read_text("utf-8")
    seeds = tomllib.loads(text)
    there = set(session.scalars(select(ReportRoute.country)))
    missing = [country for country in seeds["countries"] if country not in there]
    for country in missing:
        for kind, name in seeds["kinds"].items():
            add(session, country=country, kind=kind, name=name, actor=actor)
    return len(missing) * len(seeds["kinds"])


def listed(
    session: Session, country: str | None = None, *, today: date | None = None
) -> list[Route]:
    """The routes of one country or of all, by country, kind and name."""
    query = select(ReportRoute).order_by(
        ReportRoute.country, ReportRoute.kind, ReportRoute.name, ReportRoute.id
    )
    if country is not None:
        query = query.where(ReportRoute.country == country)
    return [_shown(row, today or _today()) for row in session.scalars(query)]


def get(session: Session, route: str) -> Route:
    """The route with this id. Raises NotFound."""
    return _shown(_row(session, route), _today())


def add(session: Session, *, country: str, kind: str, name: str, actor: str) -> Route:
    """A new placeholder. Raises AccountabilityError."""
    if not _COUNTRY.fullmatch(country):
        raise AccountabilityError("Name the country by its two-letter code, such as KG.")
    row = ReportRoute(country=country, kind=_said("kind", kind), name=_said("name", name))
    session.add(row)
    return _noted(session, ADDED, row, actor)


def edit(
    session: Session,
    route: str,
    *,
    actor: str,
    name: str | None = None,
    kind: str | None = None,
    contact: str | None = None,
    source_url: str | None = None,
) -> Route:
    """Change what is given of a route (its id); it has to be confirmed again.

    An empty `contact` or `source_url` takes it away. Raises NotFound, AccountabilityError.
    """
    row = _row(session, route)
    if name is not None:
        row.name = _said("name", name)
    if kind is not None:
        row.kind = _said("kind", kind)
    if contact is not None:
        row.contact = contact.strip()
    if source_url is not None:
        row.source_url = _url(source_url.strip()) if source_url.strip() else ""
    row.confirmed, row.checked_on = False, None
    return _noted(session, EDITED, row, actor)


def confirm(
    session: Session, route: str, *, checked_on: date, actor: str, today: date | None = None
) -> Route:
    """Say that contact and source of a route were right on a day.

    Raises NotFound, or AccountabilityError when there is no contact or source to confirm, or
    the day is not within the last year.
    """
    row = _row(session, route)
    now = today or _today()
    if not row.contact or not row.source_url:
        raise AccountabilityError("Enter the contact and the page it is from before confirming it.")
    if not now - GOOD_FOR <= checked_on <= now:
        raise AccountabilityError("Give the day on which it was checked, within the last year.")
    row.confirmed, row.checked_on = True, checked_on
    return _noted(session, CONFIRMED, row, actor, today=now)


def remove(session: Session, route: str, *, actor: str) -> None:
    """Take a route out of the directory. Raises NotFound."""
    row = _row(session, route)
    _noted(session, REMOVED, row, actor)
    session.delete(row)


def reliable(routes: Iterable[Route]) -> list[Route]:
    """Those that may be shown as an answer, not as a task."""
    return [route for route in routes if route.state == "confirmed"]


def _noted(
    session: Session, kind: str, row: ReportRoute, actor: str, *, today: date | None = None
) -> Route:
    data: dict[str, Any] = {
        "route": row.id,
        "country": row.country,
        "kind": row.kind,
        "contact": row.contact,
        "source_url": row.source_url,
        "checked_on": None if row.checked_on is None else row.checked_on.isoformat(),
    }
    events.append(session, kind, actor=actor, data=data)
    return _shown(row, today or _today())


def _shown(row: ReportRoute, today: date) -> Route:
    return Route(
        id=row.id,
        country=row.country,
        kind=row.kind,
        name=row.name,
        contact=row.contact or None,
        source_url=row.source_url or None,
        checked_on=row.checked_on,
        state=_state(row, today),
    )


def _state(row: ReportRoute, today: date) -> State:
    if not row.contact:
        return "placeholder"
    if not row.confirmed or row.checked_on is None:
        return "unconfirmed"
    return "stale" if today - row.checked_on > GOOD_FOR else "confirmed"


def _row(session: Session, route: str) -> ReportRoute:
    row = session.get(ReportRoute, route)
    if row is None:
        raise NotFound("There is no such route to report: list them for their ids.")
    return row


def _said(what: str, value: str) -> str:
    if not value.strip():
        raise AccountabilityError(f"Give the route a {what}.")
    return value.strip()


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise AccountabilityError("Give the source as an address that begins with https://.")
    return value


def _today() -> date:
    return utcnow().date()
