"""Policies: which versions there are, what each says, and which one holds.

In: versions. Out: pages that compare and explain them; the active one changes by a form that was
confirmed. Writing drafts is left to `modsvc.desk.policy_editor`, trying them out to
`modsvc.desk.policy_backtest`, what holds to `modsvc.ingest.policies`.
"""

from collections.abc import Iterable
from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from modsvc.api.deps import service_of
from modsvc.desk.fields import check_sure
from modsvc.desk.guard import OVERSEES, RUNS
from modsvc.desk.happenings import names
from modsvc.desk.pages import go, render
from modsvc.errors import PolicyError
from modsvc.ingest.policies import document_of
from modsvc.labels import LABELS
from modsvc.policy import Rules
from modsvc.policy.diff import diff, side_by_side
from modsvc.policy.document import ANY_LANGUAGE, Document
from modsvc.policy.sheet import sheet_of
from modsvc.review.sessions import Visitor
from modsvc.store import policies as rows
from modsvc.types import OperatingPoint

router = APIRouter(prefix="/policies")

Version = Annotated[str, Path(max_length=255)]
Sure = Annotated[bool, Form()]


class Cell(NamedTuple):
    """The operating point of a label in a language; `own` where this version itself sets it."""

    point: OperatingPoint | None
    own: bool


@router.get("")
def show_all(request: Request, visitor: Annotated[Visitor, Depends(OVERSEES)]) -> Response:
    """All versions, the newest first."""
    with service_of(request).database.reading() as session:
        found = rows.newest_first(session)
        shown = {
            "policies": found,
            "names": names(session, [row.author for row in found]),
            "may_change": visitor.account.role in RUNS.roles,
        }
    return render(request, "policies.html", shown)


@router.post("/rollback")
def roll_back(
    request: Request, visitor: Annotated[Visitor, Depends(RUNS)], sure: Sure = False
) -> Response:
    """Let the version hold that held before the active one."""
    check_sure(sure)
    service = service_of(request)
    version = service.writer.submit(
        lambda session: service.policies.roll_back(session, actor=visitor.account.id)
    ).result()
    service.policies.refresh()
    return to(version, "policy-active")


@router.get("/{version}")
def show(
    request: Request, visitor: Annotated[Visitor, Depends(OVERSEES)], version: Version
) -> Response:
    """One version: what it says, and what follows from it with this model."""
    service = service_of(request)
    with service.database.reading() as session:
        row, document = rows.get(session, version), document_of(session, version)
        active = rows.active_version(session)
        shown = {
            "policy": row,
            "document": document,
            "sheet": sheet_of(document),
            "active": active,
            "may_change": visitor.account.role in RUNS.roles,
            "names": names(session, [row.author]),
            "changed": None
            if active is None
            else len(diff(document_of(session, active), document)),
            "labels": LABELS,
            "table": {},
            "unusable": None,
        }
        try:
            rules = service.policies.compiled(session, version).rules
        except PolicyError as error:
            shown["unusable"] = str(error)
        else:
            shown["table"] = _table(document, rules)
    return render(request, "policy.html", shown)


@router.get("/{version}/diff")
def compare(
    request: Request,
    visitor: Annotated[Visitor, Depends(OVERSEES)],
    version: Version,
    against: Annotated[str | None, Query(max_length=255)] = None,
) -> Response:
    """What a version says otherwise than another one, the active one unless told."""
    with service_of(request).database.reading() as session:
        before = against or rows.active_version(session) or version
        old, new = document_of(session, before), document_of(session, version)
        shown = {
            "before": before,
            "after": version,
            "policies": rows.newest_first(session),
            "changes": diff(old, new),
            "stretches": side_by_side(old, new),
        }
    return render(request, "policy_diff.html", shown)


@router.post("/{version}/activate")
def activate(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    version: Version,
    sure: Sure = False,
) -> Response:
    """Let a draft, or a version that held once, hold from the next decision on."""
    check_sure(sure)
    service = service_of(request)
    service.writer.submit(
        lambda session: service.policies.activate(session, version, actor=visitor.account.id)
    ).result()
    service.policies.refresh()
    return to(version, "policy-active")


def to(version: str, said: str) -> RedirectResponse:
    """To a version's page."""
    return go(f"/policies/{quote(version)}", said)


def _table(document: Document, rules: Rules) -> dict[str, list[Cell]]:
    """By language, "*" first: one cell a label, in the order of LABELS."""
    languages = {language for by_language in rules.points.values() for language in by_language}
    return {
        language: [
            Cell(rules.point(label, language), language in document.thresholds.get(label, {}))
            for label in LABELS
        ]
        for language in _in_order(languages)
    }


def _in_order(languages: Iterable[str]) -> list[str]:
    return sorted(languages, key=lambda language: (language != ANY_LANGUAGE, language))
