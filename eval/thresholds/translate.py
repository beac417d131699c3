"""Old thresholds → new ones, on texts that have a score on both scales.

In: a `Sample` and its new scores. Out: for each old threshold the new one that flags as many texts,
and the lowest one that is as precise, with bootstrap intervals. Equal texts are drawn together.
Showing them is left to `eval.thresholds.proposals`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.resampling import Resamples, interval
from eval.thresholds.sample import Floats, Sample

#: Old thresholds that are translated where none is named.
USUAL_THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8, 0.9)
#: A precision over fewer flagged texts than this is not proposed.
FEWEST_FLAGGED: Final = 10
#: An interval is given where at least this share of the resamples has the threshold.
_MOST: Final = 0.95


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
