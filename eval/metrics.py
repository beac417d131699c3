"""The figures of one label on one set of rows, with bootstrap intervals.

In: gold labels, calibrated probabilities, thresholds, resamples. Out: `Figures`. Which
rows belong together is left to `eval.groups`, showing them to `eval.dashboard`.

A figure comes from scikit-learn where it has it. Its interval comes from sums: every
figure is a function of a few totals (rows in each cell of a confusion matrix, in each
bin of the score), so a thousand resamples are one sparse matrix product.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from eval.operating_points import HALF
from eval.resampling import Resamples, interval
from eval.tallies import ECE_BINS, tally

#: Below these a figure says more about the draw than about the model, and is not shown.
MIN_SUPPORT: Final = 50
MIN_POSITIVES: Final = 20
MIN_NEGATIVES: Final = 20

#: Every figure, in the order of reports. Higher is better, but for those in `LOWER_IS_BETTER`.
METRICS: Final[Mapping[str, str]] = {
    "macro_f1_at_review": "macro-F1 at review",
    "macro_f1_at_half": "macro-F1 at 0.5",
    "positive_f1_at_review": "positive F1 at review",
    "positive_f1_at_half": "positive F1 at 0.5",
    "precision_at_review": "precision at review",
    "recall_at_review": "recall at review",
    "precision_at_withhold": "precision at withhold",
    "recall_at_withhold": "recall at withhold",
    "auroc": "AUROC",
    "average_precision": "average precision",
    "fpr_at_review": "false-positive rate at review",
    "fpr_at_half": "false-positive rate at 0.5",
    "ece": "expected calibration error",
    "brier": "Brier score",
}
FPR_METRICS: Final = ("fpr_at_review", "fpr_at_half")
LOWER_IS_BETTER: Final = frozenset({*FPR_METRICS, "ece", "brier"})


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95 % percentile interval (None where no resample defines it)."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a set of rows. `too_few` says why some are missing, None if none is."""

    support: int
    positives: int
    values: Mapping[str, Figure] = field(default_factory=dict)
    too_few: str | None = None


@dataclass(frozen=True, slots=True)
class Observations:
    """One label on `n` rows: gold 0/1, probability, and the thresholds in force, [n] each."""

    gold: NDArray[np.int8]
    probability: NDArray[np.float64]
    review: NDArray[np.float64]
    withhold: NDArray[np.float64]

    def flagged(self) -> dict[str, NDArray[np.bool_]]:
        """What each operating point flags; a point that has no threshold here is left out."""
        thresholds = {
            "half": np.full(len(self.gold), HALF),
            "review": self.review,
            "withhold": self.withhold,
        }
        return {
            name: self.probability >= threshold
            for name, threshold in thresholds.items()
            if not np.isnan(threshold).any()
        }


def figures(observations: Observations, resamples: Resamples) -> Figures:
    """Every figure that the rows support.

    With fewer rows or positives than the constants above nothing is given; with too few
    positives only, the false-positive rates are, for they need negatives alone.
    """
    support, positives = len(observations.gold), int(observations.gold.sum())
    reason = too_few(support, positives)
    wanted: tuple[str, ...] = tuple(METRICS)
    if reason is not None:
        if support - positives < MIN_SUPPORT:
            return Figures(support, positives, {}, reason)
        wanted = FPR_METRICS
    point = point_values(observations, wanted)
    drawn = resampled_values(observations, resamples)
    values = {
        name: Figure(value, interval(drawn[name])) for name, value in point.items() if name in drawn
    }
    return Figures(support, positives, values, reason)


def too_few(support: int, positives: int) -> str | None:
    """Why the rows cannot carry the figures, or None if they can."""
    if support < MIN_SUPPORT:
        return f"too few: {support} rows"
    if positives < MIN_POSITIVES:
        return f"too few: {positives} positives"
    if support - positives < MIN_NEGATIVES:
        return f"too few: {support - positives} negatives"
    return None


def point_values(observations: Observations, wanted: tuple[str, ...]) -> dict[str, float]:
    """The figures themselves; undefined ones (a precision of nothing flagged) are left out."""
    gold, probability = observations.gold, observations.probability
    values: dict[str, float] = {}
    for name, flagged in observations.flagged().items():
        negatives = gold == 0
        values[f"fpr_at_{name}"] = float(flagged[negatives].mean()) if negatives.any() else np.nan
        if gold.any():
            options = {"zero_division": np.nan}
            values[f"precision_at_{name}"] = float(precision_score(gold, flagged, **options))
            values[f"recall_at_{name}"] = float(recall_score(gold, flagged))
            values[f"macro_f1_at_{name}"] = float(
                f1_score(gold, flagged, average="macro", labels=[0, 1], zero_division=0)
            )
            values[f"positive_f1_at_{name}"] = float(f1_score(gold, flagged, zero_division=0))
    if 0 < gold.sum() < len(gold):
        values["auroc"] = float(roc_auc_score(gold, probability))
        values["average_precision"] = float(average_precision_score(gold, probability))
        values["brier"] = float(brier_score_loss(gold, probability))
        values["ece"] = expected_calibration_error(gold, probability)
    return {name: values[name] for name in wanted if np.isfinite(values.get(name, np.nan))}


def expected_calibration_error(gold: NDArray[np.int8], probability: NDArray[np.float64]) -> float:
    """ECE in [0, 1] over `ECE_BINS` bins of equal width.

    The mean over bins, weighted by rows, of |mean probability - share of positives|
    (Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks").
    """
    bins = np.minimum((probability * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = np.bincount(bins, weights=probability - gold, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / len(gold))


def resampled_values(
    observations: Observations, resamples: Resamples
) -> dict[str, NDArray[np.float64]]:
    """Every figure in every resample, shape [resamples] each; NaN where it is undefined."""
    totals = tally(observations.gold, observations.probability, observations.flagged(), resamples)
    values = {"auroc": totals.auroc(), "average_precision": totals.average_precision()}
    values |= {"ece": totals.ece(), "brier": totals.brier()}
    for name, cells in totals.confusion.items():
        values[f"macro_f1_at_{name}"] = (cells.positive_f1() + cells.negative_f1()) / 2
        values[f"positive_f1_at_{name}"] = cells.positive_f1()
        values[f"precision_at_{name}"] = cells.precision()
        values[f"recall_at_{name}"] = cells.recall()
        values[f"fpr_at_{name}"] = cells.false_positive_rate()
    return values
