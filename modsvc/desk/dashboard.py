"""The dashboard: the service at work, language by language, in charts with their numbers.

In: a time, and a language or all. Out: the page, and each of its tables as CSV. Counting is in
`modsvc.review.dashboard`, which numbers a chart has in `modsvc.desk.numbers`. Nobody is named.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.desk.guard import OVERSEES
from modsvc.desk.numbers import PANELS
from modsvc.desk.pages import render
from modsvc.desk.period import CHOICES, Period, period
from modsvc.desk.sheets import download
from modsvc.errors import NotFound
from modsvc.review.dashboard import LanguageNumbers, live
from modsvc.review.sessions import Visitor
from modsvc.store import waiting
from modsvc.store.tables import MAX_ID_CHARS

router = APIRouter(prefix="/dashboard")

Asked = Annotated[Period, Depends(period)]
Language = Annotated[str, Query(max_length=MAX_ID_CHARS)]

#: Panels side by side; the others have a chart for each language.
_SMALL: Final = 8


@router.get("")
def show(
    request: Request,
    visitor: Annotated[Visitor, Depends(OVERSEES)],
    asked: Asked,
    language: Language = "",
) -> Response:
    """All charts."""
    numbers, references = _numbers(request, asked)
    with service_of(request).database.reading() as session:
        undecided = waiting.line(session)
    languages = [one.language for one in numbers]
    wanted = _of(numbers, language)
    panels = [make(wanted, references) for make in PANELS.values()]
    shown = {
        "asked": asked,
        "choices": CHOICES,
        "language": language,
        # One that has nothing in this time stays chosen, so that the form says what is shown.
        "languages": sorted({*languages, language} - {""}),
        "undecided": undecided,
        "small": panels[:_SMALL],
        "large": panels[_SMALL:],
        "has_references": bool(references),
        "without_reference": sorted({one.language for one in wanted} - set(references)),
    }
    return render(request, "dashboard.html", shown)


@router.get("/{chart}.csv")
def as_csv(
    request: Request,
    visitor: Annotated[Visitor, Depends(OVERSEES)],
    chart: str,
    asked: Asked,
    language: Language = "",
) -> Response:
    """The numbers of one chart."""
    if chart not in PANELS:
        raise NotFound(f"The charts are {', '.join(PANELS)}.")
    numbers, references = _numbers(request, asked)
    return download(PANELS[chart](_of(numbers, language), references).sheet)


def _numbers(
    request: Request, asked: Period
) -> tuple[list[LanguageNumbers], Mapping[str, Sequence[float]]]:
    service = service_of(request)
    references = service.pipeline.artifact.references
    with service.database.reading() as session:
        return live(session, asked.since, asked.until, references), references


def _of(numbers: list[LanguageNumbers], language: str) -> list[LanguageNumbers]:
    return [one for one in numbers if language in ("", one.language)]
