"""A panel of the dashboard: drawings of one question, with their numbers in a table.

In: a sheet and what is drawn of it. Out: `Panel`. Which panels there are is left to
`modsvc.desk.numbers` and `modsvc.desk.shadow_numbers`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modsvc.desk.catalogues import N_
from modsvc.desk.charts import Drawing
from modsvc.desk.sheets import Column, Sheet
from modsvc.review.dashboard import LanguageNumbers

Numbers = Sequence[LanguageNumbers]
References = Mapping[str, Sequence[float]]
Rows = Sequence[tuple[object, ...]]

LANGUAGE: Final = Column("language", N_("Language"), "word")


@dataclass(frozen=True, slots=True)
class Figure:
    """One drawing. `language` is None for all of them; `drift` and what it means, if known."""

    drawing: Drawing
    language: str | None = None
    drift: float | None = None
    meaning: str | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """The drawings of one question, with their numbers."""

    sheet: Sheet
    figures: tuple[Figure, ...]


def simple(
    name: str, title: str, columns: tuple[Column, ...], rows: Rows, drawing: Drawing
) -> Panel:
    """A panel of one drawing, and of none where there are no rows."""
    figures = (Figure(drawing),) if rows else ()
    return Panel(Sheet(name, title, columns, rows), figures)
