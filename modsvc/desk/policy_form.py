"""What the editor of policies brings back: rows as they were typed, and what they change.

In: a document, or the fields of a form. Out: the fields to show, or the document as text; or a
PolicyError that names the row. Pages are left to `modsvc.desk.policy_editor`.
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Annotated, Final, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, Field

from modsvc.errors import PolicyError
from modsvc.policy.document import ANY_LANGUAGE, parse_document, write_document
from modsvc.policy.sheet import (
    Listed,
    Sheet,
    Threshold,
    Value,
    document_of,
    new_term,
    sheet_of,
)

Row = TypeVar("Row", bound=tuple[str, ...])
Mode = Literal["form", "text"]
Strings = Annotated[list[str], Field(default_factory=list)]
Places = Annotated[list[int], Field(default_factory=list)]

#: Empty rows for what is new.
BLANKS: Final = 3

#: A form has at most a thousand fields, and a row two of them.
MAX_ROWS: Final = 400

_MAX_NOTE: Final = 1000
_WHERE: Final = "the policy"


class NewThreshold(NamedTuple):
    """A row for a new threshold, as it was typed."""

    community: str
    label: str
    language: str
    review: str
    withhold: str


class NewTerm(NamedTuple):
    """A row for a new term, as it was typed."""

    community: str
    kind: str
    language: str
    pattern: str
    note: str


class PolicyForm(BaseModel):
    """The fields. `document` is what is edited: in the mode "form", other fields change it.

    `review`, `withhold` and `below` follow the rows of the document's sheet; `drop` and
    `drop_term` are places in it.
    """

    mode: Mode = "form"
    do: Literal["show", "save", "form", "text"] = "show"
    document: str = ""
    name: str = ""
    note: str = ""
    on_engine_failure: str = ""
    below: Strings
    review: Strings
    withhold: Strings
    drop: Places
    new_community: Strings
    new_label: Strings
    new_language: Strings
    new_review: Strings
    new_withhold: Strings
    drop_term: Places
    term_community: Strings
    term_kind: Strings
    term_language: Strings
    term_pattern: Strings
    term_note: Strings

    @property
    def new_thresholds(self) -> list[NewThreshold]:
        """The rows for new thresholds, and empty ones."""
        columns = self.new_community, self.new_label, self.new_language
        typed = zip_longest(*columns, self.new_review, self.new_withhold, fillvalue="")
        return _padded([NewThreshold(*row) for row in typed], NewThreshold(*[""] * 5))

    @property
    def new_terms(self) -> list[NewTerm]:
        """The rows for new terms, and empty ones."""
        columns = self.term_community, self.term_kind, self.term_language
        typed = zip_longest(*columns, self.term_pattern, self.term_note, fillvalue="")
        return _padded([NewTerm(*row) for row in typed], NewTerm(*["", "block", "", "", ""]))


def form_of(text: str, mode: Mode, *, note: str = "") -> PolicyForm:
    """The fields that show a document. Raises PolicyError."""
    sheet = sheet_of(parse_document(text, _WHERE))
    return PolicyForm.model_validate(
        {
            "mode": mode if len(sheet.thresholds) <= MAX_ROWS else "text",
            "document": text,
            "name": sheet.version,
            "note": note,
            "on_engine_failure": sheet.on_engine_failure,
            "below": [action or "" for action in sheet.below_thresholds.values()],
            "review": [_typed(row.review) for row in sheet.thresholds],
            "withhold": [_typed(row.withhold) for row in sheet.thresholds],
        }
    )


def text_of(form: PolicyForm) -> str:
    """What the fields say, as YAML. Raises PolicyError."""
    if len(form.note) > _MAX_NOTE:
        raise PolicyError(f"The note has more than {_MAX_NOTE} characters: write less.")
    text = form.document.replace("\r\n", "\n")
    if form.mode == "text":
        return text
    before = sheet_of(parse_document(text, _WHERE))
    after = _sheet(form, before)
    # As it was written, comments and all, where no row says anything else.
    return text if after == before else write_document(document_of(after))


def _sheet(form: PolicyForm, before: Sheet) -> Sheet:
    shown = len(form.review), len(form.withhold), len(form.below)
    rows = len(before.thresholds)
    if shown != (rows, rows, len(before.below_thresholds)):
        raise PolicyError("The form has lost some of its rows: edit the text instead.")
    return Sheet(
        version=form.name.strip(),
        on_engine_failure=form.on_engine_failure,
        below_thresholds={
            name: action or None
            for name, action in zip(before.below_thresholds, form.below, strict=True)
        },
        thresholds=(*_kept(form, before), *_added(form)),
        terms=(
            *(term for place, term in enumerate(before.terms) if place not in form.drop_term),
            *_listed(form),
        ),
    )


def _kept(form: PolicyForm, before: Sheet) -> Iterator[Threshold]:
    typed = zip(before.thresholds, form.review, form.withhold, strict=True)
    for place, (row, review, withhold) in enumerate(typed):
        if place not in form.drop:
            yield row._replace(review=_value(review), withhold=_withhold(withhold))


def _added(form: PolicyForm) -> Iterator[Threshold]:
    for row in form.new_thresholds:
        if any(row):
            if not row.label:
                raise PolicyError("A new row of the thresholds has no label: choose one.")
            language = row.language.strip() or ANY_LANGUAGE
            values = _value(row.review), _withhold(row.withhold)
            yield Threshold(row.community.strip() or None, row.label, language, *values)


def _listed(form: PolicyForm) -> Iterator[Listed]:
    for row in form.new_terms:
        if row.pattern or row.note or row.language or row.community:
            entry = new_term(row.pattern.strip(), row.kind, row.language.strip(), row.note.strip())
            yield Listed(row.community.strip() or None, entry)


def _padded(rows: list[Row], blank: Row) -> list[Row]:
    """What was typed, and `BLANKS` empty rows after it."""
    return [*(row for row in rows if row != blank), *[blank] * BLANKS]


def _value(typed: str) -> Value:
    """A number where one was typed; what was typed otherwise, to be refused by name."""
    plain = typed.strip().replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return plain


def _withhold(typed: str) -> Value:
    """As `_value`; nothing typed means that nothing is withheld automatically."""
    return _value(typed) if typed.strip() else None


def _typed(value: Value) -> str:
    return "" if value is None else str(value)
