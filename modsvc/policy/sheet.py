"""A policy as rows, the way a form shows it, and back.

In: a document, or rows with what was typed. Out: rows, or a document; or a PolicyError that names
the row. A sheet keeps every value of its document. What forms look like is left to the desk.
"""

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from modsvc.errors import PolicyError
from modsvc.policy.document import CommunityEntry, Document, TermEntry, explain

_LAST_NUMBER: Final = re.compile(r"\d+(?=\D*$)")

#: A number, what was typed instead of one, or "nothing is withheld automatically".
Value = float | str | None


class Threshold(NamedTuple):
    """One operating point; `community` None is everywhere, `language` "*" every language."""

    community: str | None
    label: str
    language: str
    review: Value
    withhold: Value


class Listed(NamedTuple):
    """One term of the list of a community, None for the list that holds everywhere."""

    community: str | None
    entry: TermEntry


class Sheet(NamedTuple):
    """All that a document says.

    `below_thresholds` maps a community, None for everywhere, to what happens in languages the
    model was not measured on; None where a community follows everywhere else.
    """

    version: str
    on_engine_failure: str
    below_thresholds: dict[str | None, str | None]
    thresholds: tuple[Threshold, ...]
    terms: tuple[Listed, ...]


def sheet_of(document: Document) -> Sheet:
    """A document's rows, in its own order."""
    parts: list[tuple[str | None, Document | CommunityEntry]] = [(None, document)]
    parts.extend(document.communities.items())
    return Sheet(
        version=document.version,
        on_engine_failure=document.on_engine_failure,
        below_thresholds={
            name: None if own is None else own.below_thresholds
            for name, own in ((name, part.unsupported_language) for name, part in parts)
        },
        thresholds=tuple(
            Threshold(name, label, language, point.review, point.withhold)
            for name, part in parts
            for label, by_language in part.thresholds.items()
            for language, point in by_language.items()
        ),
        terms=tuple(Listed(name, entry) for name, part in parts for entry in part.terms),
    )


def document_of(sheet: Sheet) -> Document:
    """The document that says what the rows say. Raises PolicyError, which names the row."""
    parts: dict[str | None, dict[str, Any]] = {None: {}}
    for community, action in sheet.below_thresholds.items():
        part = parts.setdefault(community, {})
        if action is not None:
            part["unsupported_language"] = {"below_thresholds": action}
    for row in sheet.thresholds:
        part = parts.setdefault(row.community, {})
        by_language = part.setdefault("thresholds", {}).setdefault(row.label, {})
        if row.language in by_language:
            raise PolicyError(
                f"Two rows are for {row.label} and the language {row.language!r} "
                f"{_where(row.community)}: keep one of them."
            )
        by_language[row.language] = {"review": row.review, "withhold": row.withhold}
    for community, entry in sheet.terms:
        parts.setdefault(community, {}).setdefault("terms", []).append(entry)
    said = {
        "schema_version": 1,
        "version": sheet.version,
        "on_engine_failure": sheet.on_engine_failure,
        **parts.pop(None),
        "communities": parts,
    }
    try:
        return Document.model_validate(said)
    except ValidationError as error:
        raise PolicyError(f"This is not a valid policy: {explain(error)}") from error


def new_term(pattern: str, kind: str, language: str, note: str) -> TermEntry:
    """A term as it was typed; an empty language is every one. Raises PolicyError."""
    typed = {"pattern": pattern, "kind": kind, "language": language or None, "note": note}
    try:
        return TermEntry.model_validate(typed)
    except ValidationError as error:
        raise PolicyError(f"The new term is not valid: {explain(error)}") from error


def next_name(name: str, taken: Iterable[str] = ()) -> str:
    """A name for the version after `name` that is none of `taken`: its last number grows."""
    used = {name, *taken}
    while name in used:
        grown = _LAST_NUMBER.sub(lambda number: str(int(number[0]) + 1), name)
        name = f"{name}-2" if grown == name else grown
    return name


def _where(community: str | None) -> str:
    return "everywhere" if community is None else f"in {community!r}"
