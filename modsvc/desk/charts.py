"""Numbers → where the lines and bars of a chart go.

In: numbers by name. Out: frozen geometry, in units of a drawing that is `WIDTH` wide, for the
macros of `templates/charts.html`. Colours are left to classes, words to the templates; each chart
is shown with its numbers (`modsvc.desk.sheets`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

from modsvc.desk.sheets import Unit

WIDTH: Final = 320
#: Height of curves and histograms, and what their axes need at the left and below.
HEIGHT: Final = 220
LEFT: Final = 34
BELOW: Final = 26

_TOP: Final = 10
_RIGHT: Final = 310
_FLOOR: Final = HEIGHT - BELOW

#: Of bar charts: a line of words, then the bars, then some air.
_WORDS: Final = 18
_BAR: Final = 10
_AIR: Final = 9

#: The smallest and the largest point of a curve.
_DOTS: Final = (3.0, 9.0)


@dataclass(frozen=True, slots=True)
class Row:
    """One name of a bar chart: `y` of its words, (y, width) of its bars, and what is written."""

    name: str
    y: int
    bars: tuple[tuple[int, float], ...]
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart. `units` say how each row's values are written; `bar` is a bar's height."""

    rows: tuple[Row, ...]
    height: int
    units: tuple[Unit, ...]
    bar: int = _BAR
    kind: str = "bars"


@dataclass(frozen=True, slots=True)
class Curve:
    """Shares against probabilities: (x, y, radius) of each point, and a line through them."""

    points: tuple[tuple[float, float, float], ...]
    line: str
    kind: str = "curve"


@dataclass(frozen=True, slots=True)
class Histogram:
    """(x, y, width, height) of each bin, and the outline of a reference, "" without one.

    `ends` are what the first bin begins with and the last one ends with.
    """

    bins: tuple[tuple[float, float, float, float], ...]
    outline: str
    ends: tuple[str, str] = ("0", "1")
    kind: str = "histogram"


Drawing = Bars | Curve | Histogram


def bars(
    rows: Sequence[tuple[str, Sequence[float | None], Sequence[Any]]],
    units: Sequence[Unit],
    *,
    top: float | None = None,
) -> Bars:
    """Rows of a name, the lengths of its bars and the values to write.

    The longest bar, or `top`, fills the width; None and nothing have no length.
    """
    largest = max((length or 0 for _, lengths, _ in rows for length in lengths), default=0)
    scale = WIDTH / (top or largest or 1)
    drawn, y = [], 0
    for name, lengths, values in rows:
        begin = y + _WORDS
        placed = [
            (begin + number * (_BAR + 2), round(min((length or 0) * scale, WIDTH), 1))
            for number, length in enumerate(lengths)
        ]
        drawn.append(Row(name, y + _WORDS - 4, tuple(placed), tuple(values)))
        y = begin + len(lengths) * (_BAR + 2) + _AIR
    return Bars(tuple(drawn), y, tuple(units))


def curve(points: Sequence[tuple[float, float, int]]) -> Curve:
    """Points of a probability, the share that was seen there, and of how many: both in [0, 1].

    A point's area grows with how many there were.
    """
    most = max((count for _, _, count in points), default=1)
    low, high = _DOTS
    placed = [
        (_x(probability), _y(share), round(low + (high - low) * sqrt(count / most), 1))
        for probability, share, count in sorted(points)
    ]
    return Curve(tuple(placed), " ".join(f"{x},{y}" for x, y, _ in placed))


def histogram(
    seen: Sequence[float],
    reference: Sequence[float] | None = None,
    ends: tuple[str, str] = ("0", "1"),
) -> Histogram:
    """Shares of equal bins, of [0, 1] by default; the largest of all fills the height."""
    largest = max((*seen, *(reference or ())), default=0) or 1
    width = 1 / max(len(seen), 1)
    placed = []
    for number, share in enumerate(seen):
        x, y = _x(number * width), _y(share / largest)
        placed.append((x + 1, y, round(_x((number + 1) * width) - x - 2, 1), round(_FLOOR - y, 1)))
    steps = []
    for number, share in enumerate(reference or ()):
        y = _y(share / largest)
        steps += [f"{_x(number * width)},{y}", f"{_x((number + 1) * width)},{y}"]
    return Histogram(tuple(placed), " ".join(steps), ends)


def _x(value: float) -> float:
    return round(LEFT + value * (_RIGHT - LEFT), 1)


def _y(value: float) -> float:
    return round(_FLOOR - value * (_FLOOR - _TOP), 1)
