"""The points of the dashboard's curves and confusion tables.

In: predictions. Out: plain lists, thinned to what a screen can show. Drawing is left
to `eval.charts`.
"""

from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_curve

from eval.groups import flagged_at_review, observe, stated_rows
from eval.metrics import too_few
from eval.predictions import Predictions
from modsvc.labels import CATEGORIES, LABELS, MISOGYNY

#: More points than this make a curve no smoother on a screen.
CURVE_POINTS = 120
RELIABILITY_BINS = 10
#: A point of a reliability curve on fewer rows than this is mostly noise.
MIN_ROWS_IN_BIN = 10


def curves_by_language(predictions: Predictions) -> dict[str, dict[str, Any]]:
    """Precision-recall and reliability curves of `misogyny`, where there is enough data."""
    stated = predictions.select(stated_rows(predictions, MISOGYNY))
    curves = {}
    for language in sorted(set(stated.language)):
        observed = observe(stated.select(stated.language == language), MISOGYNY)
        gold, probability = observed.gold, observed.probability
        if too_few(len(gold), int(gold.sum())) is None:
            curves[str(language)] = {
                "precision_recall": _precision_recall(gold, probability),
                "reliability": _reliability(gold, probability),
            }
    return curves


def confusions(predictions: Predictions) -> dict[str, dict[str, int]]:
    """The confusion matrix of each label that has a review threshold, at that threshold."""
    found = {}
    for label in LABELS:
        observed = observe(predictions.select(stated_rows(predictions, label)), label)
        flagged = observed.flagged().get("review")
        if flagged is not None and len(flagged):
            cells = confusion_matrix(observed.gold, flagged, labels=[0, 1]).ravel()
            names = ("true_negatives", "false_positives", "false_negatives", "true_positives")
            found[label] = dict(zip(names, map(int, cells), strict=True))
    return found


def flag_shares(predictions: Predictions) -> dict[str, dict[str, float]]:
    """Of the texts that people put in a category, the share flagged as each label at review.

    Rows are gold categories, `toxic_other` and `none` (neither misogynous nor toxic);
    categories are not exclusive, so neither rows nor columns add up to 1.
    """
    gold = {label: predictions.gold[:, i] == 1 for i, label in enumerate(LABELS)}
    none = (predictions.gold[:, 0] == 0) & ~gold["toxic_other"]
    flags = {label: flagged_at_review(predictions, label) for label in LABELS}
    rows = {name: gold[name] for name in (*CATEGORIES, "toxic_other")} | {"none": none}
    return {
        name: {
            label: float(flagged[mask].mean())
            for label, flagged in flags.items()
            if flagged is not None
        }
        for name, mask in rows.items()
        if mask.any()
    }


def _precision_recall(gold: Any, probability: Any) -> dict[str, list[float]]:
    precision, recall, _ = precision_recall_curve(gold, probability)
    wanted = np.linspace(0, 1, CURVE_POINTS)
    # scikit-learn's recall falls; for each wanted recall take the last point that reaches it.
    index = np.unique(len(recall) - 1 - np.searchsorted(recall[::-1], wanted))[::-1]
    return {
        "recall": recall[index].round(4).tolist(),
        "precision": precision[index].round(4).tolist(),
    }


def _reliability(gold: Any, probability: Any) -> dict[str, list[float]]:
    bins = np.minimum((probability * RELIABILITY_BINS).astype(int), RELIABILITY_BINS - 1)
    count = np.bincount(bins, minlength=RELIABILITY_BINS)
    kept = count >= MIN_ROWS_IN_BIN
    mean = np.bincount(bins, probability, RELIABILITY_BINS)[kept] / count[kept]
    share = np.bincount(bins, gold, RELIABILITY_BINS)[kept] / count[kept]
    return {
        "predicted": mean.round(4).tolist(),
        "observed": share.round(4).tolist(),
        "rows": count[kept].tolist(),
    }
