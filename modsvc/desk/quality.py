"""Quality: do reviewers agree, whose reviews hold up, and what has to be settled.

In: a time; golden items from leads. Out: the page, and its tables as CSV. Leads and admins see
names, auditors do not. What is counted is in `modsvc.review.agreement`, `people` and `golden`.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.desk.catalogues import N_
from modsvc.desk.guard import LEADS, OVERSEES
from modsvc.desk.pages import go, render
from modsvc.desk.period import CHOICES, Period, period
from modsvc.desk.sheets import Column, Sheet, download
from modsvc.labels import CATEGORIES, LABELS
from modsvc.review import agreement, golden
from modsvc.review.agreement import VERDICT, Agreement
from modsvc.review.people import PersonQuality, people
from modsvc.review.sessions import Visitor

router = APIRouter(prefix="/quality")

Asked = Annotated[Period, Depends(period)]

#: Disagreements on the page; older ones are in a shorter time.
_LISTED: Final = 100


@router.get("")
def show(
    request: Request, visitor: Annotated[Visitor, Depends(OVERSEES)], asked: Asked
) -> Response:
    """How well the reviews of a time hold up."""
    with service_of(request).database.reading() as session:
        agreed = agreement.agreement(session, asked.since, asked.until)
        disputed = agreement.disagreements(session, asked.since, asked.until)
        shown = {
            "asked": asked,
            "choices": CHOICES,
            "labels": (VERDICT, *LABELS),
            "agreement": _by_language(agreed),
            "people": _people(session, asked, named=_sees_names(visitor)),
            "disputed": disputed[:_LISTED],
            "more": max(0, len(disputed) - _LISTED),
            "golden": golden.known(session),
            "categories": CATEGORIES,
            "max_chars": golden.MAX_TEXT_CHARS,
            "may_add": visitor.account.role in LEADS.roles,
        }
    return render(request, "quality.html", shown)


@router.get("/agreement.csv")
def agreement_csv(
    request: Request, visitor: Annotated[Visitor, Depends(OVERSEES)], asked: Asked
) -> Response:
    """Alpha by language and label; an empty language is all of them."""
    with service_of(request).database.reading() as session:
        found = agreement.agreement(session, asked.since, asked.until)
    rows = [(one.language or "", one.label, one.units, one.alpha) for one in found]
    return download(Sheet("reviewers-agreement", "", _AGREEMENT, rows))


@router.get("/people.csv")
def people_csv(
    request: Request, visitor: Annotated[Visitor, Depends(OVERSEES)], asked: Asked
) -> Response:
    """How each person's reviews hold up."""
    with service_of(request).database.reading() as session:
        return download(_people(session, asked, named=_sees_names(visitor)))


@router.post("/golden")
def add_golden(
    request: Request,
    visitor: Annotated[Visitor, Depends(LEADS)],
    text: Annotated[str, Form()],
    language: Annotated[str, Form()],
    flagged: Annotated[Literal["yes", "no"], Form()],
    categories: Annotated[list[str], Form()] = [],  # noqa: B006 (the framework copies it)
    note: Annotated[str, Form()] = "",
) -> Response:
    """Keep a text whose answer is known, to be mixed in."""
    with service_of(request).database.transaction() as session:
        golden.add(
            session,
            text,
            language,
            flagged=flagged == "yes",
            actor=visitor.account.id,
            categories=categories,
            note=note,
        )
    return go("/quality", "golden-added")


_AGREEMENT: Final = (
    Column("language", N_("Language"), "word"),
    Column("label", N_("Label"), "term"),
    Column("texts", N_("Texts"), "number"),
    Column("alpha", N_("Alpha"), "probability"),
)

_PEOPLE: Final = (
    Column("person", N_("Person"), "word"),
    Column("reviewed", N_("Reviewed"), "number"),
    Column("escalated", N_("Escalated"), "number"),
    Column("overturn_rate", N_("Overturn rate"), "percent"),
    Column("compared", N_("Reviewed by two"), "number"),
    Column("agreement_rate", N_("Agreed"), "percent"),
    Column("looked_at_again", N_("Looked at again"), "number"),
    Column("reversal_rate", N_("Reversed"), "percent"),
    Column("golden_answered", N_("Known answers"), "number"),
    Column("golden_right", N_("Right"), "percent"),
)


def _by_language(found: Sequence[Agreement]) -> dict[str | None, dict[str, Agreement]]:
    table: dict[str | None, dict[str, Agreement]] = {}
    for one in found:
        table.setdefault(one.language, {})[one.label] = one
    return table


def _people(session: Session, asked: Period, *, named: bool) -> Sheet:
    """One row a person: by name, or else without names and with the busiest first."""
    reviewed = {one.account: one for one in people(session, asked.since, asked.until)}
    known = {one.account: one for one in golden.results(session, asked.since, asked.until)}
    names = {account: one.name for account, one in (reviewed | known).items()}
    rows: list[tuple[Any, ...]] = []
    for account, name in sorted(names.items(), key=lambda person: person[1]):
        answers = known.get(account)
        right = (0, None) if answers is None else (answers.answered, answers.accuracy)
        rows.append((name, *_held_up(reviewed.get(account)), *right))
    if not named:
        rows.sort(key=lambda row: row[1:3], reverse=True)
        rows = [(number, *row[1:]) for number, row in enumerate(rows, start=1)]
    return Sheet("reviewers", N_("How each person's reviews hold up"), _PEOPLE, rows)


def _held_up(one: PersonQuality | None) -> tuple[Any, ...]:
    if one is None:
        return (0, 0, None, 0, None, 0, None)
    return (
        one.reviewed,
        one.escalated,
        one.overturn_rate,
        one.compared,
        one.agreement_rate,
        one.looked_at_again,
        one.reversal_rate,
    )


def _sees_names(visitor: Visitor) -> bool:
    return visitor.account.role in LEADS.roles
