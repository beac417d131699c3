"""The rows that travel between the readers, the pipeline and the writers of `modsvc score`.

In: one record of a file, as a mapping. Out: a `Row` to score or a `BadRow` that says what
is wrong with it; never an exception, so that one bad line does not stop a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from modsvc.engine.language import normalise_tag
from modsvc.errors import InputError
from modsvc.types import Content, Decision, Score

#: What a record may have; other keys are ignored.
COLUMNS: Final = ("id", "text", "language", "community", "parent")

RowId = str | int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A text to score. `line` counts from 1; `id` is the input's own, of its own type."""

    line: int
    id: RowId
    content: Content


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that cannot be scored; `error` never contains its text."""

    line: int
    error: str


def to_row(line: int, record: Any, language: str | None) -> Row | BadRow:
    """Check one record: `text`, and optionally `id`, `language`, `community` and `parent`.

    `language` is used where the record names none. Other keys are ignored.
    """
    if not isinstance(record, Mapping):
        return BadRow(line, "not an object with a text")
    text = record.get("text")
    if not isinstance(text, str):
        return BadRow(line, "text is missing or not a string")
    identity = record.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int | None):
        return BadRow(line, "id is neither a string nor a whole number")
    for name in ("language", "community", "parent"):
        if not isinstance(record.get(name), str | None):
            return BadRow(line, f"{name} is not a string")
    try:
        normalise_tag(record.get("language"))
    except InputError as error:
        return BadRow(line, str(error))
    content = Content(
        text=text,
        language=record.get("language") or language,
        community=record.get("community") or None,
        parent=record.get("parent") or None,
    )
    return Row(line, identity, content)


def to_output(row: Row, score: Score, decision: Decision) -> dict[str, Any]:
    """The output row, in the order of its columns. Probabilities have six places."""
    return {
        "id": row.id,
        "probability": round(score.probability, 6),
        "flagged": decision.flagged,
        "action": decision.action,
        "categories": {name: round(value, 6) for name, value in score.categories.items()},
        "toxic_other": round(score.toxic_other, 6),
        "language": score.language.code,
        "supported": score.supported,
        "truncated": score.truncated,
    }
