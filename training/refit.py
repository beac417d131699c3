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
from training.calibration import (
    HIGHEST,
    LOWEST,
    Floats,
    fit_platt,
    operating_point,
    smaller_class,
)
from training.recipe import Thresholds

Point = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """`n` reviewed texts: `logits` and `gold` [n, 8], `languages` and `weights` [n]."""

    logits: Floats
    gold: Floats
    languages: NDArray[Any]
    weights: Floats


@dataclass(frozen=True, slots=True)
class Change:
    """What was refitted: one output in one language.

    `review` and `withhold` are thresholds on the calibrated probability; `moved` is the review
    threshold now minus where the old one would lie on the new scale: negative flags more texts.
    """

    label: str
    language: str
    texts: int
    positives: int
    before: Mapping[str, float | None]
    after: Mapping[str, float | None]
    moved: float | None


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
                change = _refit_one(
                    new,
                    (label, str(language)),
                    (reviewed.logits[rows, column], gold, reviewed.weights[rows]),
                    targets,
                )
                changes.append(change)
    exits = (new.get("early_exit") or {}).get("by_language", {})
    for change in changes:
        if change.moved is not None and change.moved < 0:
            exits.pop(change.language, None)
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
) -> Change:
    label, language = place
    x, y, weights = rows
    output = new["outputs"][label]
    before = output.get("by_language", {}).get(language, output["pooled"])
    after = shrunk_platt(x, y, weights, before, targets.min_per_class)
    output.setdefault("by_language", {})[language] = after
    points = new.get("operating_points", {}).get(label)
    old_point: Point = {}
    new_point: Point = {}
    moved = None
    if points is not None:
        old_point = points.get("by_language", {}).get(language, points["pooled"])
        line = _on_new_scale(float(old_point["review"] or 0.0), before, after)
        probability = _sigmoid(after["scale"] * x + after["shift"])
        found = operating_point(probability, y, targets, weights)
        new_point = _careful(found, line, probability, targets.min_per_class)
        points.setdefault("by_language", {})[language] = new_point
        moved = round(float(new_point["review"] or 0.0) - line, 4)
    return Change(
        label=label,
        language=language,
        texts=len(y),
        positives=int(y.sum()),
        before=_told(before, old_point),
        after=_told(after, new_point),
        moved=moved,
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


def _on_new_scale(threshold: float, before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
    """The probability that a text at the old threshold has after the change."""
    inside = min(max(threshold, 1e-6), 1 - 1e-6)
    logit = (np.log(inside / (1 - inside)) - before["shift"]) / before["scale"]
    moved = _sigmoid(np.array([after["scale"] * logit + after["shift"]]))
    return round(float(np.clip(moved[0], LOWEST, HIGHEST)), 4)


def _told(platt: Mapping[str, Any], point: Point) -> dict[str, float | None]:
    numbers = {name: round(float(platt[name]), 4) for name in ("scale", "shift")}
    return {**numbers, **{name: point.get(name) for name in ("review", "withhold")}}


def _sigmoid(x: Floats) -> Floats:
    values: Floats = 1.0 / (1.0 + np.exp(-x))
    return values
