"""Numbers as a table on a page, and as a file for a spreadsheet.

In: columns and rows of plain values. Out: a `Sheet`, which `templates/charts.html` shows, and
its download. What is in it is left to the pages.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from starlette.responses import Response

from modsvc.desk.files import attached
from modsvc.review.export import write

#: How a value is written on the page; in a file it is written plainly, in these units.
Unit = Literal["word", "term", "number", "percent", "probability", "seconds", "moment", "age"]


class Column(NamedTuple):
    """`name` is for the file, `title` (marked for translation) for the page."""

    name: str
    title: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table whose first column names the row. `name` is that of its file."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Any, ...]]


def download(sheet: Sheet) -> Response:
    """The table as CSV; words that a spreadsheet would take for a formula are defused."""
    names = [column.name for column in sheet.columns]
    records = (dict(zip(names, map(_plain, row), strict=True)) for row in sheet.rows)
    stream = io.BytesIO()
    write(records, dict.fromkeys(names, "string"), stream, "csv")
    return attached(stream.getvalue(), "text/csv; charset=utf-8", f"{sheet.name}.csv")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return round(value, 6) if isinstance(value, float) else value
