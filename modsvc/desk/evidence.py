"""What can be shown to others: evidence of one case, statements of reasons, quarterly reports.

In: a content, or a quarter. Out: files, and pages that say what they are. Making them is left to
`modsvc.accountability`; an export of evidence is an event that says who asked for it and why.
"""

import json
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response

from modsvc.accountability import evidence, transparency, transparency_files
from modsvc.accountability.disclosure import publish
from modsvc.accountability.notice import notice
from modsvc.accountability.outcomes import Restriction, restriction
from modsvc.accountability.quarter import Quarter
from modsvc.accountability.signing import Signer, fingerprint
from modsvc.accountability.statements import Terms, load_terms, state
from modsvc.api.deps import Service, service_of
from modsvc.desk.files import attached
from modsvc.desk.guard import LEADS, OVERSEES
from modsvc.desk.pages import render
from modsvc.desk.records import content_of
from modsvc.errors import AccountabilityError, NotFound
from modsvc.review.sessions import Visitor
from modsvc.store.columns import utcnow
from modsvc.store.tables import Content

router = APIRouter(prefix="/records")

#: A quarter's files: what each is, for browsers.
_KINDS: Final = {"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8"}


@router.get("/transparency")
def reports(request: Request, visitor: Annotated[Visitor, Depends(OVERSEES)]) -> Response:
    """The quarters that there are reports of."""
    with service_of(request).database.reading() as session:
        first = session.scalar(select(func.min(Content.received_at)))
    now = utcnow()
    shown = {"quarters": _quarters(first or now, now), "running": Quarter.of(now)}
    return render(request, "transparency.html", shown)


@router.get("/transparency/file")
def report(
    request: Request,
    visitor: Annotated[Visitor, Depends(OVERSEES)],
    quarter: Annotated[str, Query(max_length=10)],
    kind: Annotated[str, Query(pattern="^(html|csv)$")],
) -> Response:
    """The report of one quarter; to be kept, because it has styles of its own."""
    period = Quarter.parse(quarter)
    with service_of(request).database.reading() as session:
        rows = publish(transparency.count(session, period))
    if kind == "html":
        text = transparency_files.as_html(period, rows, utcnow())
    else:
        text = transparency_files.as_csv(rows)
    return attached(text.encode(), _KINDS[kind], f"transparency-{period}.{kind}")


@router.get("/{content}/evidence")
def ask(request: Request, content: str, visitor: Annotated[Visitor, Depends(LEADS)]) -> Response:
    """What a package is, how it is verified, and the form that asks why."""
    service = service_of(request)
    with service.database.reading() as session:
        found = content_of(session, content)
    signer = Signer.open(service.settings.data_dir)
    shown = {
        "latest": found,
        "fingerprint": fingerprint(signer.public_pem),
        "public_key": signer.public_pem.decode(),
        "longest": evidence.MAX_REASON,
    }
    return render(request, "evidence.html", shown)


@router.post("/{content}/evidence")
def export(
    request: Request,
    content: str,
    visitor: Annotated[Visitor, Depends(LEADS)],
    reason: Annotated[str, Form()],
    linked: Annotated[bool, Form()] = False,
) -> Response:
    """The package, once it is recorded who took it and why."""
    service = service_of(request)
    signer = Signer.open(service.settings.data_dir)
    with service.database.reading() as session:
        found = content_of(session, content)
    exported = evidence.export(
        service.database,
        signer,
        community=found.community,
        content_id=found.content_id,
        actor=visitor.account.id,
        reason=reason,
        linked=linked,
    )
    name = f"evidence-{found.id}-{exported.seq}.zip"
    return attached(exported.package, "application/zip", name)


@router.get("/{content}/statement")
def statement(
    request: Request, content: str, visitor: Annotated[Visitor, Depends(OVERSEES)]
) -> Response:
    """The statement of reasons in words and as the EU's database takes it, or why there is none."""
    service = service_of(request)
    shown: dict[str, Any] = {"content": content, "asked": True}
    shown |= {"words": None, "payload": None, "why": None}
    restricted = _restriction(service, content)
    if restricted is None:
        return render(request, "statement.html", {**shown, "asked": False})
    try:
        terms = _terms(service)
        made = state(restricted, terms)
        shown |= {"words": notice(made, terms), "payload": made.payload()}
    except AccountabilityError as error:
        shown["why"] = str(error)
    return render(request, "statement.html", shown)


@router.get("/{content}/statement.json")
def payload(
    request: Request, content: str, visitor: Annotated[Visitor, Depends(OVERSEES)]
) -> Response:
    """The same as a body for the database's `/statement`."""
    service = service_of(request)
    restricted = _restriction(service, content)
    if restricted is None:
        raise NotFound("This text is not restricted: there is nothing to state.")
    made = state(restricted, _terms(service))
    name = f"statement-{made.puid}.json"
    return attached(json.dumps(made.payload(), indent=1).encode(), "application/json", name)


def _restriction(service: Service, content: str) -> Restriction | None:
    with service.database.reading() as session:
        content_of(session, content)
        return restriction(session, content)


def _terms(service: Service) -> Terms:
    path = service.settings.terms_file
    if path is None:
        raise AccountabilityError(
            "Only the operator knows on which ground and where a text is restricted: write it "
            "into a file (docs/accountability.md) and name that by MODSVC_TERMS_FILE."
        )
    return load_terms(path)


def _quarters(first: datetime, last: datetime) -> list[Quarter]:
    """All quarters between two moments, the latest one first."""
    found = [Quarter.of(last)]
    while found[-1].start > first:
        found.append(found[-1].before)
    return found
