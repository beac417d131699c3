"""Calibration that drifted is put right by reviews, where there are enough, and no further."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from modsvc.labels import LABELS
from tests.training.test_calibration import Floats, drawn
from training.recipe import Thresholds
from training.refit import Reviewed, refit, shrunk_platt

TARGETS = Thresholds(review_precision=0.6, withhold_precision=0.9, min_per_class=25)
OLD = {"scale": 1.0, "shift": 0.0, "support": 400, "positives": 100}


def calibration(**more: Any) -> dict[str, Any]:
    """What a model was packed with: the plain sigmoid, and thresholds for misogyny."""
    pooled = {"review": 0.5, "withhold": 0.9}
    return {
        "schema_version": 1,
        "outputs": {label: {"pooled": dict(OLD), "by_language": {}} for label in LABELS},
        "operating_points": {"misogyny": {"pooled": pooled, "by_language": {}}},
        **more,
    }


def reviewed(**languages: tuple[Floats, Floats]) -> Reviewed:
    """Reviews of these languages' texts, which state misogyny alone."""
    logits = np.concatenate([x for x, _ in languages.values()])
    gold = np.full((len(logits), len(LABELS)), np.nan)
    gold[:, 0] = np.concatenate([y for _, y in languages.values()])
    names: NDArray[Any] = np.repeat(list(languages), [len(x) for x, _ in languages.values()])
    stacked = np.tile(logits[:, None], len(LABELS))
    return Reviewed(stacked, gold, names.astype(object), np.ones(len(logits)))


def test_what_drifted_is_found_again_and_only_there() -> None:
    few = np.array([1.0] * 24 + [0.0] * 200)
    said = reviewed(en=drawn(4_000, 0.6, -1.5), ka=(np.zeros(224), few))
    new, changes = refit(calibration(), said, TARGETS)
    output = new["outputs"]["misogyny"]
    assert output["by_language"]["en"]["scale"] == pytest.approx(0.6, abs=0.05)
    assert output["by_language"]["en"]["shift"] == pytest.approx(-1.5, abs=0.12)
    assert set(output["by_language"]) == {"en"}
    assert output["pooled"] == OLD
    assert [(change.label, change.language, change.texts) for change in changes] == [
        ("misogyny", "en", 4_000)
    ]
    untouched = {name: value for name, value in new["outputs"].items() if name != "misogyny"}
    assert untouched == {
        name: value for name, value in calibration()["outputs"].items() if name != "misogyny"
    }


def test_the_old_calibration_is_not_changed_in_place() -> None:
    old = calibration()
    refit(old, reviewed(en=drawn(500, 0.6, -1.5)), TARGETS)
    assert old == calibration()


def test_few_reviews_move_little_and_many_move_all() -> None:
    shifts = {}
    for count in (60, 6_000):
        x, y = drawn(count, 1.0, -2.0)
        shifts[count] = shrunk_platt(x, y, np.ones(count), OLD, 25)["shift"]
    assert -2.0 < shifts[60] < -0.4
    assert shifts[6_000] == pytest.approx(-2.0, abs=0.12)
    x, y = drawn(60, 1.0, -2.0)
    assert shrunk_platt(x, y, np.ones(60), OLD, 10_000)["shift"] == pytest.approx(0, abs=0.05)


def test_reviews_that_are_trusted_less_move_less() -> None:
    x, y = drawn(200, 1.0, -2.0)
    sure, unsure = (
        shrunk_platt(x, y, np.full(200, weight), OLD, 25)["shift"] for weight in (1.0, 0.2)
    )
    assert sure < unsure < 0


def test_reviews_that_turn_the_model_round_leave_it_as_it_was() -> None:
    x, y = drawn(2_000, 1.0, 0.0)
    fitted = shrunk_platt(-x, y, np.ones(2_000), {**OLD, "scale": 0.8, "shift": 0.3}, 25)
    assert (fitted["scale"], fitted["shift"]) == (0.8, 0.3)


def test_thresholds_reach_the_precision_again() -> None:
    x, y = drawn(4_000, 1.0, -2.0)
    new, [change] = refit(calibration(), reviewed(en=(x, y)), TARGETS)
    own = new["outputs"]["misogyny"]["by_language"]["en"]
    probability = 1 / (1 + np.exp(-(own["scale"] * x + own["shift"])))
    point = new["operating_points"]["misogyny"]["by_language"]["en"]
    assert y[probability >= point["review"]].mean() >= 0.6
    assert y[probability >= point["withhold"]].mean() >= 0.9
    # The model had become too eager: fewer texts are flagged now.
    assert y[1 / (1 + np.exp(-x)) >= 0.5].mean() < 0.6
    assert change.moved is not None
    assert change.moved > 0
    assert change.before["review"] == 0.5
    assert change.after["review"] == point["review"]


def said(logits: Floats, shift: float, seed: int = 1) -> Floats:
    """Labels of texts that people saw: 1 with probability sigmoid(logit + shift)."""
    drawn_at = np.random.default_rng(seed).random(len(logits))
    labels: Floats = (drawn_at < 1 / (1 + np.exp(-(logits + shift)))).astype(np.float64)
    return labels


def test_no_threshold_goes_where_nobody_looked() -> None:
    # Almost all that was flagged was right: a lower threshold would do, but nobody knows.
    flagged = np.random.default_rng(3).uniform(0.0, 3.0, 1_200)
    _, [change] = refit(calibration(), reviewed(en=(flagged, said(flagged, 1.5))), TARGETS)
    assert change.moved is not None
    assert 0 <= change.moved < 0.01
    assert change.after["review"] == pytest.approx(1 / (1 + np.exp(-1.5)), abs=0.15)
    # With samples from below the line there is something to go by.
    more = np.concatenate([flagged, np.random.default_rng(2).uniform(-2.0, 0.0, 300)])
    exits = {
        "layer": 4,
        "by_language": {
            code: {"below": -3.0, "texts": 300, "left": 100, "changed": 0} for code in ("en", "es")
        },
    }
    old = calibration(early_exit=exits)
    new, [change] = refit(old, reviewed(en=(more, said(more, 1.5))), TARGETS)
    assert change.moved is not None
    assert change.moved < -0.1
    # The bound of the lower layers was set for the old line.
    assert set(new["early_exit"]["by_language"]) == {"es"}


def test_where_the_precision_is_reached_nowhere_nothing_is_withheld_unseen() -> None:
    flagged = np.random.default_rng(2).uniform(0.0, 3.0, 600)
    seen = reviewed(en=(flagged, said(flagged, -4.0)))
    new, [change] = refit(calibration(), seen, TARGETS)
    assert new["operating_points"]["misogyny"]["by_language"]["en"]["withhold"] is None
    # The line stays, under a probability that says how few are right.
    assert change.moved == 0
    assert change.after["review"] == pytest.approx(0.05, abs=0.03)
