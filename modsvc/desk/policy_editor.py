"""The editor of policies: a form with a row for each threshold and term, or the YAML itself.

In: what was typed. Out: the same page with what would change by it, or a new draft. What a page
knows travels with it: nothing is kept before it is saved, and nothing that was typed is lost when
something is wrong with it. Versions never change: saving always makes another one.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.desk.guard import RUNS
from modsvc.desk.pages import render
from modsvc.desk.policies import Version, to
from modsvc.desk.policy_form import MAX_ROWS, Mode, PolicyForm, form_of, text_of
from modsvc.errors import PolicyError
from modsvc.ingest.policies import document_of
from modsvc.labels import LABELS
from modsvc.policy.diff import diff
from modsvc.policy.document import parse_document
from modsvc.policy.sheet import next_name, sheet_of
from modsvc.policy.terms import TERM_KINDS
from modsvc.review.sessions import Visitor
from modsvc.store import policies as rows

router = APIRouter(prefix="/policies")


@router.get("/{version}/edit")
def begin(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    version: Version,
    mode: Annotated[Mode, Query(alias="as")] = "form",
) -> Response:
    """A copy of a version, to be changed."""
    with service_of(request).database.reading() as session:
        text = rows.get(session, version).document
        taken = [row.version.partition("+")[0] for row in rows.newest_first(session)]
    form = form_of(text, mode)
    return _page(
        request, version, form.model_copy(update={"name": next_name(form.name, taken)}), ""
    )


@router.post("/{version}/edit")
def edit(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    version: Version,
    typed: Annotated[PolicyForm, Form()],
) -> Response:
    """Look at what was typed, keep it as a draft, or go on with it the other way."""
    service = service_of(request)
    try:
        text = text_of(typed)
        service.policies.check(text)
    except PolicyError as error:
        return _page(request, version, typed, str(error))
    if typed.do != "save":
        mode: Mode = typed.mode if typed.do == "show" else typed.do
        return _page(request, version, form_of(text, mode, note=typed.note), "")
    kept = service.writer.submit(
        lambda session: service.policies.draft(
            session, text, author=visitor.account.id, note=typed.note.strip()
        )
    ).result()
    return to(kept.policy.version, "policy-drafted" if kept.created else "policy-known")


def _page(request: Request, version: str, form: PolicyForm, wrong: str) -> Response:
    """The editor; with a message where something is `wrong`."""
    with service_of(request).database.reading() as session:
        before = document_of(session, version)
    sheet, changes = None, []
    try:
        document = parse_document(form.document, "the policy")
        sheet = sheet_of(document)
        changes = [] if wrong else diff(before, document)
    except PolicyError:
        # A text that is none: it can be corrected as a text alone.
        form = form.model_copy(update={"mode": "text"})
    shown = {
        "version": version,
        "form": form,
        "sheet": sheet,
        "changes": changes,
        "labels": LABELS,
        "term_kinds": TERM_KINDS,
        "max_rows": MAX_ROWS,
        "wrong": wrong,
    }
    return render(request, "policy_edit.html", shown, status=422 if wrong else 200)
