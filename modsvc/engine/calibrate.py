"""Logits → calibrated probabilities.

In: logits [n, 8] and each row's language. Out: probabilities [n, 8] in [0, 1] by the
artefact's calibration, a language's own where it has one, else the pooled one. Fitting is
left to training, thresholds to the policy.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modsvc.engine.manifest import Calibration
from modsvc.labels import LABELS


class Calibrator:
    """Platt scaling by output and language (Platt 1999): sigmoid(scale * logit + shift)."""

    def __init__(self, calibration: Calibration) -> None:
        self._outputs = [calibration.outputs[label] for label in LABELS]
        own = {code for output in self._outputs for code in output.by_language}
        self._pooled = self._parameters(None)
        self._by_language = {code: self._parameters(code) for code in own}

    def probabilities(
        self, logits: NDArray[np.float32], languages: Sequence[str]
    ) -> NDArray[np.float64]:
        """Calibrated probabilities [n, 8] of logits [n, 8]; `languages` are n BCP-47 codes."""
        if not languages:
            return np.empty(logits.shape, np.float64)
        parameters = np.stack([self._for(code) for code in languages])
        return sigmoid(parameters[:, 0] * logits.astype(np.float64) + parameters[:, 1])

    def _for(self, code: str) -> NDArray[np.float64]:
        return self._by_language.get(code, self._pooled)

    def _parameters(self, code: str | None) -> NDArray[np.float64]:
        """[2, 8]: scales, then shifts."""
        chosen = [
            output.by_language.get(code, output.pooled) if code else output.pooled
            for output in self._outputs
        ]
        return np.array([[one.scale for one in chosen], [one.shift for one in chosen]])


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logistic function, without overflow at either end."""
    small = np.exp(-np.abs(values))
    result: NDArray[np.float64] = np.where(values >= 0, 1 / (1 + small), small / (1 + small))
    return result
