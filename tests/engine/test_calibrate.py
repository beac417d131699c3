"""Logits become probabilities by the language's own calibration, or the pooled one."""

from pathlib import Path

import numpy as np
import pytest

from modsvc.engine.artifact import load_artifact
from modsvc.engine.calibrate import Calibrator, sigmoid
from modsvc.labels import LABELS, MISOGYNY


@pytest.fixture(scope="module")
def calibrator(tiny_artifact: Path) -> Calibrator:
    return Calibrator(load_artifact(tiny_artifact).calibration)


def test_a_language_with_its_own_calibration_gets_it(calibrator: Calibrator) -> None:
    logits = np.full((3, 8), 2.0, np.float32)

    probabilities = calibrator.probabilities(logits, ["es", "en", "xx"])

    column = LABELS.index(MISOGYNY)
    own, pooled, unknown = probabilities[:, column]
    assert own == pytest.approx(1 / (1 + np.exp(-(0.5 * 2.0 + 0.25))))
    assert pooled == unknown == pytest.approx(1 / (1 + np.exp(-2.0)))


def test_an_output_without_its_own_falls_back_to_the_pooled(calibrator: Calibrator) -> None:
    both = calibrator.probabilities(np.full((2, 8), 1.5, np.float32), ["es", "en"])

    others = [LABELS.index(label) for label in LABELS if label != MISOGYNY]
    np.testing.assert_array_equal(both[0, others], both[1, others])


def test_no_texts_give_no_probabilities(calibrator: Calibrator) -> None:
    assert calibrator.probabilities(np.empty((0, 8), np.float32), []).shape == (0, 8)


def test_extreme_logits_neither_overflow_nor_leave_the_unit_interval() -> None:
    with np.errstate(all="raise", under="ignore"):
        low, middle, high = sigmoid(np.array([-1e4, 0.0, 1e4]))

    assert (low, middle, high) == (0.0, 0.5, 1.0)
