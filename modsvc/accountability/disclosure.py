"""Hiding numbers that are so small that they could point at a person.

In: the rows of a report. Out: `Cell`s: a number, or the word that it is hidden. A number from
1 to 4 is hidden. So that none of them can be had by subtraction, further numbers are hidden
wherever the hidden parts of a sum that is shown are only one, or are fewer than 5 together.
Sums are: languages into all languages, resolutions into reviews, outcomes into appeals.
Categories are not: a text may have several. With a hidden number those go that it includes,
because it cannot be less than they are. A median or a share goes with its numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from modsvc.accountability.transparency import ALL, Row, median

#: Numbers below this, except 0, are hidden.
SMALLEST: Final = 5

COUNTS: Final = (
    *("ingested", "flagged", "withheld", "automated"),
    *("reviewed", "upheld", "overturned", "escalated"),
    *("appealed", "appeals_upheld", "appeals_overturned", "appeals_escalated", "appeals_open"),
)

#: Total → its parts, within one row.
_SUMS: Final[Mapping[str, Sequence[str]]] = {
    "reviewed": ("upheld", "overturned", "escalated"),
    "appealed": ("appeals_upheld", "appeals_overturned", "appeals_escalated", "appeals_open"),
}

#: Number → others that it includes, within one row.
_INCLUDED: Final[Mapping[str, Sequence[str]]] = {
    "ingested": ("flagged",),
    "flagged": ("withheld",),
    "withheld": ("automated",),
    **_SUMS,
}

#: Median → the times it is of, and the count that it is shown with.
_MEDIANS: Final[Mapping[str, tuple[str, str]]] = {
    "median_decision_s": ("decision_s", "flagged"),
    "median_review_s": ("review_s", "reviewed"),
    "median_appeal_s": ("appeal_s", "appealed"),
}

SHARE: Final = "automation_share"

COLUMNS: Final = (*COUNTS, SHARE, *_MEDIANS)

Cell = float | None | str

HIDDEN: Final = "hidden"
SMALL: Final = f"<{SMALLEST}"

_Place = tuple[int, str]


class Published(NamedTuple):
    """A row as it may be shown: numbers, `SMALL`, `HIDDEN`, or None where there is none."""

    language: str
    category: str
    cells: Mapping[str, Cell]


def publish(rows: Sequence[Row]) -> list[Published]:
    """The rows without what must stay hidden."""
    hidden = _hidden(rows)
    return [
        Published(row.language, row.category, _cells(at, row, hidden))
        for at, row in enumerate(rows)
    ]


def _hidden(rows: Sequence[Row]) -> set[_Place]:
    values = {(at, name): getattr(row, name) or 0 for at, row in enumerate(rows) for name in COUNTS}
    hidden = {place for place, value in values.items() if 0 < value < SMALLEST}
    sums, included = _sums(rows), _included(rows)
    while True:
        added = {more for total, parts in sums for more in _exposed(values, hidden, total, parts)}
        added |= {more for place in hidden for more in included.get(place, ()) if values[more] > 0}
        if added <= hidden:
            return hidden
        hidden |= added


def _exposed(
    values: Mapping[_Place, int], hidden: set[_Place], total: _Place, parts: Sequence[_Place]
) -> list[_Place]:
    """What else to hide so that the hidden parts of one sum cannot be had from the rest."""
    unknown = [part for part in parts if part in hidden]
    if total in hidden or not unknown:
        return []
    if len(unknown) > 1 and sum(values[part] for part in unknown) >= SMALLEST:
        return []
    shown = [part for part in parts if part not in hidden and values[part] > 0]
    # With nothing else to hide behind, the total itself must go.
    return [min(shown, key=lambda part: values[part]) if shown else total]


def _sums(rows: Sequence[Row]) -> list[tuple[_Place, list[_Place]]]:
    within = [
        ((at, total), [(at, part) for part in parts])
        for at in range(len(rows))
        for total, parts in _SUMS.items()
    ]
    across = [
        (
            (at, name),
            [
                (other, name)
                for other, part in enumerate(rows)
                if part.language != ALL and part.category == row.category
            ],
        )
        for at, row in enumerate(rows)
        if row.language == ALL
        for name in COUNTS
    ]
    return within + across


def _included(rows: Sequence[Row]) -> dict[_Place, list[_Place]]:
    """By number, those that it includes: within its row, and by category."""
    found = {
        (at, name): [(at, part) for part in _INCLUDED.get(name, ())]
        for at in range(len(rows))
        for name in COUNTS
    }
    whole = {row.language: at for at, row in enumerate(rows) if row.category == ALL}
    for at, row in enumerate(rows):
        if row.category != ALL:
            for name in COUNTS:
                found[whole[row.language], name].append((at, name))
    return found


def _cells(at: int, row: Row, hidden: set[_Place]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {name: _count(at, row, name, hidden) for name in COUNTS}
    secret = (at, "withheld") in hidden or (at, "automated") in hidden
    cells[SHARE] = HIDDEN if secret else _ratio(row.automated, row.withheld)
    for name, (times, number) in _MEDIANS.items():
        few = 0 < len(getattr(row, times)) < SMALLEST
        secret = few or (at, number) in hidden
        cells[name] = HIDDEN if secret else median(getattr(row, times))
    return cells


def _count(at: int, row: Row, name: str, hidden: set[_Place]) -> Cell:
    value: int | None = getattr(row, name)
    if value is None or (at, name) not in hidden:
        return value
    return SMALL if value < SMALLEST else HIDDEN


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
