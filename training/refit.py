"""Reviewed texts → the calibration of a model that is there already, moved as far as they say.

In: calibration.json, logits [n, 8] with people's labels (NaN: not stated), languages and weights.
Out: a new calibration, and what changed in it. A language's parameters of an output are fitted anew
where it has enough reviewed texts of both kinds; all others, and the pooled ones, stay. What was
before counts as so many texts more that agree with it, so that few reviews move little. People see
above all what is flagged; that bends neither a fit given the logit nor the precision above a
threshold, but says nothing of texts further down: no threshold goes where too few were reviewed.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modsvc.labels import LABELS
from training.calibration import Floats, fit_platt, operating_point, smaller_class
from training.changes import Change, Point, change, on_new_scale
from training.recipe import Thresholds


@dataclass(frozen=True, slots=True)
class Reviewed:
    """`n` reviewed texts: `logits` and `gold` [n, 8], `languages` and `weights` [n]."""

    logits: Floats
    gold: Floats
    languages: NDArray[Any]
    weights: Floats


def refit(
    old: Mapping[str, Any], reviewed: Reviewed, targets: Thresholds
) -> tuple[dict[str, Any], list[Change]]:
    """The new contents of calibration.json, and the changes; none where no language has enough.

    Ways out after a lower layer are closed for languages in which more is flagged than before:
    their bounds were set for the old thresholds.
    """
    new, changes = deepcopy(dict(old)), []
    for column, label in enumerate(LABELS):
        stated = ~np.isnan(reviewed.gold[:, column])
        for language in sorted(set(reviewed.languages[stated])):
            rows = stated & (reviewed.languages == language)
            gold = reviewed.gold[rows, column]
            if smaller_class(gold) >= targets.min_per_class:
                place = label, str(language)
                texts = reviewed.logits[rows, column], gold, reviewed.weights[rows]
                _refit_one(new, place, texts, targets)
                changes.append(change(old, new, *place))
    exits = (new.get("early_exit") or {}).get("by_language", {})
    for one in changes:
        if one.moved is not None and one.moved < 0:
            exits.pop(one.language, None)
    return new, changes


def shrunk_platt(
    x: Floats, y: Floats, weights: Floats, before: Mapping[str, Any], granted: int
) -> dict[str, Any]:
    """Platt's parameters by weighted maximum likelihood, with `granted` texts for the old ones.

    Each text comes twice more, as positive and as negative, weighted by the old probability of
    each: a penalty on the divergence from the old calibration at these very logits.
    """
    belief = _sigmoid(before["scale"] * x + before["shift"])
    share = granted / len(x)
    fitted = fit_platt(
        np.concatenate([x, x, x]),
        np.concatenate([y, np.ones_like(y), np.zeros_like(y)]),
        1,
        np.concatenate([weights, share * belief, share * (1 - belief)]),
        otherwise=(before["scale"], before["shift"]),
    )
    return {**fitted, "support": len(y), "positives": int(y.sum())}


def _refit_one(
    new: dict[str, Any],
    place: tuple[str, str],
    rows: tuple[Floats, Floats, Floats],
    targets: Thresholds,
) -> None:
    label, language = place
    x, y, weights = rows
    output = new["outputs"][label]
    before = output.get("by_language", {}).get(language, output["pooled"])
    after = shrunk_platt(x, y, weights, before, targets.min_per_class)
    output.setdefault("by_language", {})[language] = after
    points = new.get("operating_points", {}).get(label)
    if points is not None:
        point = points.get("by_language", {}).get(language, points["pooled"])
        line = on_new_scale(point["review"], before, after)
        probability = _sigmoid(after["scale"] * x + after["shift"])
        found = operating_point(probability, y, targets, weights)
        points.setdefault("by_language", {})[language] = _careful(
            found, line, probability, targets.min_per_class
        )


def _careful(found: Point | None, line: float, probability: Floats, enough: int) -> Point:
    """The point that the texts ask for, but the old line where too few of them lie below it.

    Where the precision is reached nowhere, the line stays and nothing is withheld unseen.
    """
    if found is None or found["review"] is None:
        return {"review": line, "withhold": None}
    review, withhold = found["review"], found["withhold"]
    if review < line and int(((probability >= review) & (probability < line)).sum()) < enough:
        review = line
    return {"review": review, "withhold": None if withhold is None else max(withhold, review)}


def _sigmoid(x: Floats) -> Floats:
    values: Floats = 1.0 / (1.0 + np.exp(-x))
    return values
