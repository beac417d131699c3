"""A transparency report as one HTML page and one CSV file.

In: published rows and their quarter. Out: two files that need nothing else. The CSV has
numbers in units (seconds, shares from 0 to 1), `<5` and `hidden` where one must not be shown,
and nothing where there is none.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Final

from modsvc.accountability.disclosure import (
    COLUMNS,
    SHARE,
    SMALL,
    SMALLEST,
    Cell,
    Published,
)
from modsvc.accountability.pages import duration, render
from modsvc.accountability.quarter import Quarter
from modsvc.accountability.transparency import ALL
from modsvc.errors import AccountabilityError

_GROUPS: Final = (
    (
        "Texts",
        (
            ("ingested", "Received"),
            ("flagged", "Flagged"),
            ("withheld", "Withheld"),
            ("automated", "Withheld, reviewed by nobody"),
            (SHARE, "Share of withheld reviewed by nobody"),
            ("median_decision_s", "Median time to decision"),
        ),
    ),
    (
        "Reviews",
        (
            ("reviewed", "Reviewed"),
            ("upheld", "Upheld"),
            ("overturned", "Overturned"),
            ("escalated", "Escalated"),
            ("median_review_s", "Median time to review"),
        ),
    ),
    (
        "Appeals",
        (
            ("appealed", "Appealed"),
            ("appeals_upheld", "Decision stands"),
            ("appeals_overturned", "Overturned"),
            ("appeals_escalated", "Escalated"),
            ("appeals_open", "Open"),
            ("median_appeal_s", "Median time to outcome"),
        ),
    ),
)


def write(folder: Path, quarter: Quarter, rows: Sequence[Published], made_at: datetime) -> None:
    """Put `transparency-2026Q4.html` and `.csv` into `folder`, made if need be.

    Files of that name are replaced. Raises AccountabilityError when that is not possible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"transparency-{quarter}"
        path.with_suffix(".html").write_text(as_html(quarter, rows, made_at), encoding="utf-8")
        path.with_suffix(".csv").write_text(as_csv(rows), encoding="utf-8", newline="")
    except OSError as error:
        raise AccountabilityError(
            f"Cannot write into {folder} ({type(error).__name__}): name another folder."
        ) from error


def as_html(quarter: Quarter, rows: Sequence[Published], made_at: datetime) -> str:
    """The page: totals by language, by category, then each language by category."""
    single = [row for row in rows if row.language != ALL]
    languages = [(code, list(some)) for code, some in groupby(single, lambda row: row.language)]
    return render(
        "transparency.html.j2",
        quarter=quarter,
        made_at=made_at,
        groups=_GROUPS,
        small=SMALL,
        smallest=SMALLEST,
        written=_written,
        by_language=[row for row in rows if row.category == ALL],
        by_category=[row for row in rows if row.language == ALL],
        languages=languages,
    )


def as_csv(rows: Sequence[Published]) -> str:
    """One line a row, with a header."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow(("language", "category", *COLUMNS))
    for row in rows:
        lines.writerow((row.language, row.category, *(row.cells[name] for name in COLUMNS)))
    return written.getvalue()


def _written(column: str, cell: Cell) -> str:
    if cell is None:
        return "n/a"
    if isinstance(cell, str):
        return cell
    if column == SHARE:
        return f"{cell:.1%}"
    return duration(cell) if column.endswith("_s") else f"{cell:,}"
