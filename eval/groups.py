"""Figures overall and by group, in the shape that fairlearn's `MetricFrame` made familiar.

In: predictions and resamples. Out: `Grouped`: `overall`, `by_group`, `difference`. How a
figure is computed is left to `eval.metrics`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eval.metrics import METRICS, Figure, Figures, Observations, figures
from eval.predictions import Predictions
from eval.resampling import Resamples
from modsvc.labels import LABELS, MISOGYNY

GroupBy = Literal["language", "source"]


@dataclass(frozen=True, slots=True)
class Difference:
    """The spread of a figure over groups that have it, and the farthest from the overall one."""

    between_groups: float
    to_overall: float
    lowest: str
    highest: str


@dataclass(frozen=True, slots=True)
class Grouped:
    """Figures of all rows and of each group; groups in order of their names."""

    overall: Figures
    by_group: Mapping[str, Figures]

    def difference(self) -> dict[str, Difference]:
        """One entry a metric that at least two groups have."""
        found = {metric: self._difference(metric) for metric in METRICS}
        return {metric: value for metric, value in found.items() if value is not None}

    def _difference(self, metric: str) -> Difference | None:
        values = {
            name: group.values[metric].value
            for name, group in self.by_group.items()
            if metric in group.values and group.too_few is None
        }
        if len(values) < 2 or metric not in self.overall.values:
            return None
        lowest, highest = min(values, key=lambda k: values[k]), max(values, key=lambda k: values[k])
        middle = self.overall.values[metric].value
        return Difference(
            between_groups=values[highest] - values[lowest],
            to_overall=max(abs(value - middle) for value in values.values()),
            lowest=lowest,
            highest=highest,
        )


def label_figures(predictions: Predictions, resamples: Resamples, label: str = MISOGYNY) -> Figures:
    """The figures of one label on the rows whose source states it."""
    stated = stated_rows(predictions, label)
    chosen = predictions.select(stated)
    return figures(observe(chosen, label), resamples.select(stated))


def grouped(
    predictions: Predictions, resamples: Resamples, by: GroupBy, label: str = MISOGYNY
) -> Grouped:
    """The figures of one label overall and for each language or source."""
    keys = getattr(predictions, by)
    return Grouped(
        overall=label_figures(predictions, resamples, label),
        by_group={
            str(name): label_figures(predictions.select(rows), resamples.select(rows), label)
            for name in sorted(set(keys))
            if (rows := keys == name).any()
        },
    )


def by_category(predictions: Predictions, resamples: Resamples) -> dict[str, Figures]:
    """The figures of every label on all rows whose source states it."""
    return {label: label_figures(predictions, resamples, label) for label in LABELS}


def false_positives_on_women(predictions: Predictions, resamples: Resamples) -> dict[str, Figures]:
    """By language, false-positive rates on harmless texts that mention women."""
    gold = predictions.gold[:, LABELS.index(MISOGYNY)]
    rows = (gold == 0) & predictions.mentions_women
    return _harmless_by_language(predictions.select(rows), resamples.select(rows))


def false_positives_on_neutral(
    predictions: Predictions, resamples: Resamples
) -> dict[str, Figures]:
    """By language, how often neutral rows are flagged; nobody labelled them, so it is a bound."""
    harmless = np.zeros_like(predictions.gold)
    assumed = Predictions(
        **{
            name: getattr(predictions, name)
            for name in Predictions.__dataclass_fields__
            if name != "gold"
        },
        gold=harmless,
    )
    return _harmless_by_language(assumed, resamples)


def stated_rows(predictions: Predictions, label: str) -> NDArray[np.bool_]:
    """The rows whose source says whether the label holds."""
    stated: NDArray[np.bool_] = np.isfinite(predictions.gold[:, LABELS.index(label)])
    return stated


def observe(predictions: Predictions, label: str) -> Observations:
    """One label's column of rows that all state it, with the thresholds of each row's language."""
    index = LABELS.index(label)
    review, withhold = predictions.points.thresholds(label, predictions.language)
    return Observations(
        gold=predictions.gold[:, index].astype(np.int8),
        probability=predictions.probability[:, index],
        review=review,
        withhold=withhold,
    )


def flagged_at_review(predictions: Predictions, label: str) -> NDArray[np.bool_] | None:
    """Which rows reach the label's review threshold; None where it has no threshold."""
    review, _ = predictions.points.thresholds(label, predictions.language)
    if np.isnan(review).any():
        return None
    flagged: NDArray[np.bool_] = predictions.probability[:, LABELS.index(label)] >= review
    return flagged


def _harmless_by_language(predictions: Predictions, resamples: Resamples) -> dict[str, Figures]:
    """Only false-positive rates can come of this: there are no positives."""
    languages = grouped(predictions, resamples, "language").by_group
    return {name: _without_reason(entry) for name, entry in languages.items()}


def _without_reason(entry: Figures) -> Figures:
    """A lack of positives is no lack here; too few rows still are."""
    values: Mapping[str, Figure] = entry.values
    reason = None if values else f"too few: {entry.support} rows"
    return Figures(entry.support, entry.positives, values, reason)
