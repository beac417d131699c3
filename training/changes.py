"""Two calibrations of one network → what became of each output in each language.

In: calibration.json, old and new. Out: `Change`s, and the fields by which a manifest says what its
model was made from. How the new one was fitted is left to `training.refit` and
`training.calibration`, words and tables to `training.thresholds_table`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from modsvc.labels import LABELS
from training.calibration import HIGHEST, LOWEST

#: The language of a change of what all languages without parameters of their own share.
POOLED: Final = "pooled"

Point = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Change:
    """What was refitted: one output in one language.

    `texts` and `positives` are those that its parameters are fitted on now. `review` and
    `withhold` are thresholds on the calibrated probability; `moved` is the review
    threshold now minus where the old one would lie on the new scale: negative flags more texts.
    """

    label: str
    language: str
    texts: int
    positives: int
    before: Point
    after: Point
    moved: float | None


def change(old: Mapping[str, Any], new: Mapping[str, Any], label: str, language: str) -> Change:
    """What one language has of an output, its own or the pooled, before and after."""
    platts = [_own(each["outputs"][label], language) for each in (old, new)]
    found = [each.get("operating_points", {}).get(label) for each in (old, new)]
    points = [{} if each is None else _own(each, language) for each in found]
    lines = [each.get("review") for each in points]
    moved = None
    if None not in lines:
        moved = round(lines[1] - on_new_scale(lines[0], *platts), 4)
    return Change(
        label=label,
        language=language,
        texts=platts[1]["support"],
        positives=platts[1]["positives"],
        before=_told(platts[0], points[0]),
        after=_told(platts[1], points[1]),
        moved=moved,
    )


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """All that differ, output by output: the pooled ones first, then by language."""
    found = []
    for label in LABELS:
        parts = [
            part[label]
            for each in (old, new)
            for part in (each["outputs"], each.get("operating_points", {}))
            if label in part
        ]
        named = {language for part in parts for language in part.get("by_language", {})}
        each = [change(old, new, label, language) for language in (POOLED, *sorted(named))]
        found += [one for one in each if one.before != one.after]
    return found


def origin(parent: str, fitted_on: int, made: Sequence[Change]) -> dict[str, Any]:
    """The manifest's `parent`, a version, and `changed`."""
    return {
        "parent": parent,
        "changed": {"fitted_on": fitted_on, "changes": [asdict(one) for one in made]},
    }


def on_new_scale(threshold: float, before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
    """The probability that a text at the old threshold has after the change."""
    inside = min(max(threshold, 1e-6), 1 - 1e-6)
    logit = (np.log(inside / (1 - inside)) - before["shift"]) / before["scale"]
    moved = 1.0 / (1.0 + np.exp(-(after["scale"] * logit + after["shift"])))
    return round(float(np.clip(moved, LOWEST, HIGHEST)), 4)


def _own(part: Mapping[str, Any], language: str) -> Any:
    return part.get("by_language", {}).get(language, part["pooled"])


def _told(platt: Mapping[str, Any], point: Point) -> dict[str, float | None]:
    numbers = {name: round(float(platt[name]), 4) for name in ("scale", "shift")}
    return {**numbers, **{name: point.get(name) for name in ("review", "withhold")}}
