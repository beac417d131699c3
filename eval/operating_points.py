"""The thresholds that a report is made at, read from an artefact's calibration.

In: the parsed `calibration.json`. Out: `OperatingPoints`, which answers for a
label and a language. Choosing thresholds is left to training, acting on them to
the policy; this module only looks them up, own language first, then pooled.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modsvc.engine.manifest import OutputThresholds
from modsvc.labels import CATEGORIES, MISOGYNY
from modsvc.types import OperatingPoint, Score

#: The threshold that needs no calibration set: more likely than not.
HALF: Final = 0.5
#: The key of the thresholds for languages without their own.
POOLED: Final = "pooled"


@dataclass(frozen=True, slots=True)
class OperatingPoints:
    """`table[label]["pooled" | language]`, as in `calibration.json`; unknown labels are absent."""

    table: Mapping[str, Mapping[str, OperatingPoint]]

    @classmethod
    def of(cls, thresholds: Mapping[str, OutputThresholds]) -> "OperatingPoints":
        """The `operating_points` of a parsed `calibration.json`."""
        return cls({label: _points(entry) for label, entry in thresholds.items()})

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "OperatingPoints":
        """Read what `to_json` gave. Raises pydantic's ValidationError where it did not."""
        return cls.of({k: OutputThresholds.model_validate(v) for k, v in raw.items()})

    def at(self, label: str, language: str) -> OperatingPoint | None:
        """The point for `language`, else for its base (`es` for `es-MX`), else the pooled one."""
        entry = self.table.get(label, {})
        for key in (language, language.split("-", 1)[0], POOLED):
            if key in entry:
                return entry[key]
        return None

    def thresholds(
        self, label: str, languages: Sequence[str] | NDArray[np.object_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The review and withhold thresholds, one per row, shape [n] each.

        NaN where the label has no threshold of its own; infinity where `withhold` was
        not reached, so that nothing is withheld.
        """
        unique, inverse = np.unique(np.asarray(languages, dtype=str), return_inverse=True)
        points = [self.at(label, str(language)) for language in unique]
        review = np.array([math.nan if p is None else p.review for p in points])
        withhold = np.array([_withhold(p) for p in points])
        return review[inverse], withhold[inverse]

    def flags(self, score: Score, language: str) -> bool:
        """Whether misogyny or any category with a threshold of its own reaches `review`."""
        probabilities = {MISOGYNY: score.probability, **score.categories}
        return any(
            (point := self.at(label, language)) is not None and probabilities[label] >= point.review
            for label in (MISOGYNY, *CATEGORIES)
        )

    def to_json(self) -> dict[str, Any]:
        """The same shape as in `calibration.json`, for storing beside predictions."""
        return {
            label: {
                "pooled": asdict(entry[POOLED]),
                "by_language": {k: asdict(p) for k, p in entry.items() if k != POOLED},
            }
            for label, entry in self.table.items()
        }


def _points(entry: OutputThresholds) -> dict[str, OperatingPoint]:
    thresholds = {POOLED: entry.pooled, **entry.by_language}
    return {key: OperatingPoint(t.review, t.withhold) for key, t in thresholds.items()}


def _withhold(point: OperatingPoint | None) -> float:
    if point is None:
        return math.nan
    return math.inf if point.withhold is None else point.withhold
