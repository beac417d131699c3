"""Thresholds on Perspective's scale → thresholds on this model's, on somebody's own sample.

In: a CSV of texts with the scores that Perspective gave them and, for precision, what people said
of them. Out: for each old threshold the new one that flags as many texts, and the lowest one that
is as precise, with bootstrap intervals. Equal texts are drawn together. Which labels an attribute
stands for is the dialect's table.
"""

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from eval.corpus import EvalError
from eval.predict import CHUNK, Scorer
from eval.resampling import Resamples, interval
from modsvc.api.dialects.meaning import either, probabilities
from modsvc.api.dialects.perspective.attributes import ANSWERED
from modsvc.types import Content

Floats = NDArray[np.float64]

#: Old thresholds that are translated where none is named.
USUAL_THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8, 0.9)
#: A precision over fewer flagged texts than this is not proposed.
FEWEST_FLAGGED: Final = 10
#: An interval is given where at least this share of the resamples has the threshold.
_MOST: Final = 0.95
_TRUE: Final = frozenset({"1", "1.0", "true", "yes"})
_FALSE: Final = frozenset({"0", "0.0", "false", "no"})


class Columns(NamedTuple):
    """The names of a CSV's columns; `label` and `language` may be missing from the file."""

    text: str = "text"
    score: str = "perspective"
    label: str = "label"
    language: str = "language"


@dataclass(frozen=True, slots=True)
class Sample:
    """`n` texts with their old score in [0, 1], and a label that is NaN where nobody gave one."""

    texts: list[str]
    languages: list[str | None]
    old: Floats
    label: Floats

    def __len__(self) -> int:
        return len(self.texts)


class Estimate(NamedTuple):
    """A threshold, None where there is none, and its 95 % interval, None where it is not known."""

    threshold: float | None
    interval: tuple[float, float] | None


class Translation(NamedTuple):
    """What becomes of one old threshold. Shares and precisions are in [0, 1], or NaN."""

    old: float
    old_flagged: float
    old_precision: float
    same_rate: Estimate
    same_rate_precision: float
    same_precision: Estimate
    same_precision_flagged: float


def read_sample(path: Path, columns: Columns) -> Sample:
    """Read a CSV in UTF-8 with a header.

    Raises:
        EvalError: a column is missing, or a row has a score or label that is none; the message
            names the line, and not the text.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvalError(f"{path} cannot be read as a CSV in UTF-8: {error}") from error
    if not rows:
        raise EvalError(f"{path} has no rows")
    for name in (columns.text, columns.score):
        if name not in rows[0]:
            raise EvalError(f"{path} has no column {name!r}: name it by an option")
    return Sample(
        texts=[row[columns.text] or "" for row in rows],
        languages=[(row.get(columns.language) or "").strip() or None for row in rows],
        old=_column(rows, columns.score, _score),
        label=_column(rows, columns.label, _label),
    )


def _column(rows: Sequence[dict[str, str]], name: str, read: Callable[[str], float]) -> Floats:
    values: list[float] = []
    for line, row in enumerate(rows, start=2):
        try:
            values.append(read((row.get(name) or "").strip()))
        except ValueError as error:
            raise EvalError(f"row {line}, column {name!r}: {error}") from None
    return np.array(values, dtype=np.float64)


def _score(written: str) -> float:
    try:
        value = float(written)
    except ValueError:
        raise ValueError("a score must be a number in [0, 1]") from None
    if not 0 <= value <= 1:
        raise ValueError("a score must be in [0, 1]; divide percentages by 100")
    return value


def _label(written: str) -> float:
    if not written:
        return math.nan
    if written.lower() in _TRUE | _FALSE:
        return float(written.lower() in _TRUE)
    raise ValueError("a label must be 1 or 0, or empty where nobody said")


def score_sample(engine: Scorer, sample: Sample, attribute: str) -> Floats:
    """The attribute's new score of each text; NaN in a language that is not supported.

    Raises:
        EvalError: the attribute is not one that the service answers.
    """
    if attribute not in ANSWERED:
        raise EvalError(f"attributes that are answered are {', '.join(ANSWERED)}")
    contents = [
        Content(text, language=language)
        for text, language in zip(sample.texts, sample.languages, strict=True)
    ]
    scores = [
        score
        for start in range(0, len(contents), CHUNK)
        for score in engine.score(contents[start : start + CHUNK])
    ]
    labels = ANSWERED[attribute].labels
    return np.array(
        [either(probabilities(one), labels) if one.supported else math.nan for one in scores]
    )


def translate(
    sample: Sample, new: Floats, thresholds: Sequence[float], *, resamples: int
) -> list[Translation]:
    """What becomes of each old threshold; rows whose new score is NaN are left out."""
    kept = np.isfinite(new)
    texts = np.array(sample.texts, dtype=object)[kept]
    scale = _Scale.of(sample.old[kept], new[kept], sample.label[kept])
    draws = Resamples.draw(texts, resamples=resamples)
    weights = draws.weights[draws.codes][scale.order]
    return [_translate(scale, weights, threshold) for threshold in thresholds]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Rows sorted by new score, the greatest first; `order` is where each came from.

    `last` marks the rows after which a threshold can lie: the last of those of equal score.
    """

    order: NDArray[np.intp]
    old: Floats
    new: Floats
    known: NDArray[np.bool_]
    positive: NDArray[np.bool_]
    last: NDArray[np.bool_]

    @classmethod
    def of(cls, old: Floats, new: Floats, label: Floats) -> "_Scale":
        order = np.argsort(-new, kind="stable")
        ranked = new[order]
        last = np.append(ranked[1:] != ranked[:-1], True) if len(ranked) else np.zeros(0, bool)
        return cls(order, old[order], ranked, np.isfinite(label[order]), label[order] == 1, last)


class _Point(NamedTuple):
    """What one set of weights says; thresholds are NaN where there is none."""

    old_flagged: float
    old_precision: float
    same_rate: float
    same_rate_precision: float
    same_precision: float
    same_precision_flagged: float


def _translate(scale: _Scale, weights: NDArray[np.uint8], threshold: float) -> Translation:
    point = _point(scale, np.ones(len(scale.new)), threshold)
    drawn = [_point(scale, column.astype(np.float64), threshold) for column in weights.T]
    return Translation(
        old=threshold,
        old_flagged=point.old_flagged,
        old_precision=point.old_precision,
        same_rate=_estimate(point.same_rate, [one.same_rate for one in drawn]),
        same_rate_precision=point.same_rate_precision,
        same_precision=_estimate(point.same_precision, [one.same_precision for one in drawn]),
        same_precision_flagged=point.same_precision_flagged,
    )


def _point(scale: _Scale, weight: Floats, threshold: float) -> _Point:
    total = weight.sum()
    nothing = _Point(*([math.nan] * 6))
    if not total:
        return nothing
    old = scale.old >= threshold
    flagged = np.cumsum(weight)
    judged = np.cumsum(weight * scale.known)
    right = np.cumsum(weight * scale.positive)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = right / judged
        old_precision = (weight * scale.positive)[old].sum() / (weight * scale.known)[old].sum()
    old_weight = weight[old].sum()
    # Of the places where a threshold can lie, the one that flags most nearly as many.
    places = np.flatnonzero(scale.last)
    at = places[np.argmin(np.abs(flagged[places] - old_weight))]
    enough = scale.last & (judged >= FEWEST_FLAGGED) & (precision >= old_precision)
    found = np.flatnonzero(enough)
    return _Point(
        old_flagged=float(old_weight / total),
        old_precision=float(old_precision),
        same_rate=float(scale.new[at]) if old_weight else math.nan,
        same_rate_precision=float(precision[at]) if old_weight else math.nan,
        same_precision=float(scale.new[found[-1]]) if found.size else math.nan,
        same_precision_flagged=float(flagged[found[-1]] / total) if found.size else math.nan,
    )


def _estimate(value: float, drawn: Sequence[float]) -> Estimate:
    values = np.array(drawn, dtype=np.float64)
    known = np.isfinite(values).mean() >= _MOST if len(values) else False
    if math.isnan(value):
        return Estimate(None, None)
    return Estimate(value, interval(values) if known else None)


def render(attribute: str, found: Sequence[Translation]) -> Table:
    """The proposals as a table."""
    table = Table(title=f"{attribute}: old thresholds and new ones", title_justify="left")
    table.add_column("old", justify="right")
    table.add_column("flagged", justify="right")
    table.add_column("precision", justify="right")
    table.add_column("new, as many flagged")
    table.add_column("precision", justify="right")
    table.add_column("new, as precise")
    table.add_column("flagged", justify="right")
    for one in found:
        table.add_row(
            f"{one.old:.2f}",
            _share(one.old_flagged),
            _share(one.old_precision),
            _shown(one.same_rate),
            _share(one.same_rate_precision),
            _shown(one.same_precision),
            _share(one.same_precision_flagged),
        )
    return table


def to_json(attribute: str, rows: int, found: Sequence[Translation]) -> dict[str, Any]:
    """The proposals for other programs; NaN becomes null."""
    return {
        "attribute": attribute,
        "rows": rows,
        "thresholds": [
            {
                name: value._asdict() if isinstance(value, Estimate) else _plain(value)
                for name, value in one._asdict().items()
            }
            for one in found
        ],
    }


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1%}"


def _shown(estimate: Estimate) -> str:
    if estimate.threshold is None:
        return "none"
    if estimate.interval is None:
        return f"{estimate.threshold:.3f} (too few for an interval)"
    low, high = estimate.interval
    return f"{estimate.threshold:.3f} ({low:.3f}–{high:.3f})"
