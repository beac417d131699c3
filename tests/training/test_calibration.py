"""Calibration and thresholds on logits whose true probabilities are known."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from modsvc.labels import LABELS
from training.calibration import (
    HIGHEST,
    LOWEST,
    apply_platt,
    equal_weights,
    fit_calibration,
    fit_platt,
    operating_point,
    threshold_at,
)
from training.recipe import Thresholds

Floats = NDArray[np.float64]

MISOGYNY, IMAGE_ABUSE = LABELS.index("misogyny"), LABELS.index("image_abuse")
TARGETS = Thresholds(review_precision=0.6, withhold_precision=0.9, min_per_class=25)


def drawn(count: int, scale: float, shift: float, seed: int = 3) -> tuple[Floats, Floats]:
    """Logits, and labels that are 1 with probability sigmoid(scale * logit + shift)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0.0, 3.0, count)
    truth = 1.0 / (1.0 + np.exp(-(scale * logits + shift)))
    return logits, (rng.random(count) < truth).astype(np.float64)


def split(rows: dict[str, tuple[Floats, Floats]]) -> tuple[Floats, Floats, NDArray[Any]]:
    """Logits and gold [n, 8] and languages; the rows of each language state misogyny alone."""
    logits = np.concatenate([x for x, _ in rows.values()])
    gold = np.full((len(logits), len(LABELS)), np.nan)
    gold[:, MISOGYNY] = np.concatenate([y for _, y in rows.values()])
    languages = np.repeat(list(rows), [len(x) for x, _ in rows.values()]).astype(object)
    return np.tile(logits[:, None], len(LABELS)), gold, languages


def precision_at(threshold: float, probability: Floats, gold: Floats) -> float:
    return float(gold[probability >= threshold].mean())


def test_the_parameters_that_drew_the_labels_are_found_again() -> None:
    fitted = fit_platt(*drawn(20_000, scale=0.7, shift=-1.2), 25)
    assert fitted["scale"] == pytest.approx(0.7, abs=0.03)
    assert fitted["shift"] == pytest.approx(-1.2, abs=0.05)
    assert fitted["support"] == 20_000


def test_the_mean_probability_is_the_share_of_positives() -> None:
    logits, gold = drawn(4_000, scale=0.4, shift=-2.0)
    output = {"pooled": fit_platt(logits, gold, 25), "by_language": {}}
    probability = apply_platt(output, logits, np.full(len(gold), "en"))
    assert probability.mean() == pytest.approx(gold.mean(), abs=0.002)


def test_a_model_that_is_wrong_way_round_is_not_turned_by_calibration() -> None:
    logits, gold = drawn(2_000, scale=1.0, shift=0.0)
    fitted = fit_platt(-logits, gold, 25)
    assert (fitted["scale"], fitted["shift"]) == (1.0, 0.0)


def test_too_few_of_one_kind_keep_the_plain_sigmoid() -> None:
    logits, _ = drawn(1_000, scale=1.0, shift=0.0)
    gold = (np.arange(1_000) < 24).astype(np.float64)
    assert fit_platt(logits, gold, 25) == {
        "scale": 1.0,
        "shift": 0.0,
        "support": 1_000,
        "positives": 24,
    }
    assert fit_platt(logits, 1 - gold, 25)["scale"] == 1.0


def test_a_language_with_enough_texts_has_its_own_and_a_small_one_takes_the_pooled() -> None:
    small = (np.linspace(-3, 3, 30), (np.arange(30) >= 20).astype(np.float64))
    rows = {"en": drawn(3_000, 0.5, -1.0), "es": drawn(3_000, 1.5, 0.5, seed=4), "uz": small}
    found = fit_calibration(*split(rows), TARGETS)
    output = found["outputs"]["misogyny"]
    assert set(output["by_language"]) == {"en", "es"}
    assert output["by_language"]["en"]["scale"] == pytest.approx(0.5, abs=0.06)
    assert output["by_language"]["es"]["scale"] == pytest.approx(1.5, abs=0.15)
    assert output["pooled"]["support"] == 6_030
    assert set(found["operating_points"]["misogyny"]["by_language"]) <= {"en", "es"}

    logit = np.zeros(2)
    own, pooled = apply_platt(output, logit, np.array(["en", "uz"]))
    assert own == pytest.approx(1 / (1 + np.exp(-output["by_language"]["en"]["shift"])))
    assert pooled == pytest.approx(1 / (1 + np.exp(-output["pooled"]["shift"])))


def test_a_language_that_reaches_no_threshold_takes_the_scale_of_the_one_it_gets() -> None:
    rare = np.linspace(-4, 4, 3_000)
    gold = np.zeros(3_000)
    gold[::100] = 1.0
    rows = {"en": drawn(6_000, 1.0, 0.0), "pt": (rare, gold)}
    found = fit_calibration(*split(rows), TARGETS)
    assert set(found["operating_points"]["misogyny"]["by_language"]) == {"en"}
    # On a scale of its own, where hardly any text is likely, the line of the others flags nothing.
    assert set(found["outputs"]["misogyny"]["by_language"]) == {"en"}


def test_the_pooled_line_asks_for_a_precision_of_its_own() -> None:
    rows = split({"en": drawn(20_000, 1.5, -3.0)})

    def lines(targets: Thresholds) -> tuple[float, float]:
        point = fit_calibration(*rows, targets)["operating_points"]["misogyny"]
        return point["pooled"]["review"], point["by_language"]["en"]["review"]

    same = lines(TARGETS)
    assert same[0] == pytest.approx(same[1], abs=0.01)
    less = lines(TARGETS.model_copy(update={"pooled_review_precision": 0.5}))
    assert less[0] < same[0] - 0.05
    assert less[1] == same[1]


def test_every_language_weighs_the_same_in_the_pooled_parameters() -> None:
    weights = equal_weights(np.array(["en"] * 90 + ["uz"] * 10))
    assert weights[:90].sum() == pytest.approx(weights[90:].sum())
    assert weights.mean() == pytest.approx(1.0)

    rows = {"en": drawn(20_000, 1.0, -3.0), "ru": drawn(1_000, 1.0, 3.0, seed=5)}
    shift = fit_calibration(*split(rows), TARGETS)["outputs"]["misogyny"]["pooled"]["shift"]
    assert abs(shift) < 0.5


def test_a_language_without_positives_does_not_move_the_pooled_line() -> None:
    rows = {"en": drawn(6_000, 1.0, 0.0)}
    alone = fit_calibration(*split(rows), TARGETS)
    logits, gold, languages = split({**rows, "de": drawn(6_000, 1.0, 0.0, seed=9)})
    gold[languages == "de", 0] = 0.0
    found = fit_calibration(logits, gold, languages, TARGETS)
    assert found["outputs"]["misogyny"]["pooled"] == alone["outputs"]["misogyny"]["pooled"]
    assert found["operating_points"]["misogyny"] == alone["operating_points"]["misogyny"]


def test_an_output_without_positives_keeps_the_sigmoid_and_has_no_threshold() -> None:
    logits, gold, languages = split({"en": drawn(1_000, 1.0, 0.0)})
    gold[:, IMAGE_ABUSE] = 0.0
    found = fit_calibration(logits, gold, languages, TARGETS)
    pooled = {"scale": 1.0, "shift": 0.0, "support": 0, "positives": 0}
    assert found["outputs"]["image_abuse"] == {"pooled": pooled, "by_language": {}}
    assert set(found["operating_points"]) == {"misogyny"}


def test_an_output_that_no_row_states_is_calibrated_like_one_without_positives() -> None:
    found = fit_calibration(*split({"en": drawn(1_000, 1.0, 0.0)}), TARGETS)
    assert set(found["outputs"]) == set(LABELS)
    assert found["outputs"]["threats"]["pooled"]["support"] == 0
    assert "threats" not in found["operating_points"]


def test_thresholds_reach_their_precision_and_are_the_lowest_that_do() -> None:
    logits, gold = drawn(5_000, scale=1.0, shift=-1.0)
    probability = 1 / (1 + np.exp(-(logits - 1.0)))
    point = operating_point(probability, gold, TARGETS)
    assert point is not None
    assert point["withhold"] is not None
    for name, target in (("review", 0.6), ("withhold", 0.9)):
        threshold = point[name]
        assert threshold is not None
        assert precision_at(threshold, probability, gold) >= target
        lower = np.unique(probability[probability < threshold - 1e-4])
        assert all(precision_at(x, probability, gold) < target for x in lower)
    assert point["review"] < point["withhold"]


@given(
    st.lists(st.tuples(st.integers(5_000, 98_000), st.booleans()), min_size=5, max_size=60),
    st.floats(0.2, 0.95),
)
def test_a_threshold_holds_its_precision_whatever_ties_and_rounding_do(
    rows: list[tuple[int, bool]], target: float
) -> None:
    probability = np.array([value / 100_000 for value, _ in rows])
    gold = np.array([float(label) for _, label in rows])
    threshold = threshold_at(probability, gold, target, 5)
    if threshold is not None:
        assert (probability >= threshold).sum() >= 5
        assert precision_at(threshold, probability, gold) >= target - 1e-12


def test_a_precision_reached_by_a_handful_is_chance() -> None:
    probability = np.linspace(0.9, 0.1, 200)
    gold = (np.arange(200) < 24).astype(np.float64)
    assert threshold_at(probability, gold, 0.99, 25) is None
    assert threshold_at(probability, gold, 0.99, 24) == pytest.approx(probability[23], abs=1e-4)


def test_weights_decide_what_precision_is() -> None:
    probability = np.repeat([0.8, 0.4], 50)
    gold = np.repeat([1.0, 0.0], 50)
    heavy = np.repeat([4.0, 1.0], 50)
    assert threshold_at(probability, gold, 0.75, 25) == 0.8
    assert threshold_at(probability, gold, 0.75, 25, heavy) == 0.4


def test_thresholds_stay_off_the_ends_of_the_scale() -> None:
    gold = np.ones(100)
    assert threshold_at(np.full(100, 0.999), gold, 0.9, 25) == HIGHEST
    assert threshold_at(np.full(100, 0.001), gold, 0.9, 25) == LOWEST


def test_an_output_with_too_few_positives_has_no_threshold_however_well_they_rank() -> None:
    gold = (np.arange(1_000) >= 980).astype(np.float64)
    rows = {"en": (np.linspace(-5, 5, 1_000), gold)}
    assert fit_calibration(*split(rows), TARGETS)["operating_points"] == {}


def test_withholding_never_starts_below_review() -> None:
    swapped = Thresholds(review_precision=0.9, withhold_precision=0.6)
    logits, gold = drawn(5_000, scale=1.0, shift=-1.0)
    point = operating_point(1 / (1 + np.exp(-logits)), gold, swapped)
    assert point is not None
    assert point["withhold"] == point["review"]


def test_without_the_review_precision_there_is_no_point_at_all() -> None:
    probability = np.random.default_rng(1).random(400)
    gold = (np.arange(400) % 4 == 0).astype(np.float64)
    assert operating_point(probability, gold, TARGETS) is None


def test_without_the_withhold_precision_only_review_is_left() -> None:
    probability = np.repeat([0.8, 0.2], 200)
    gold = np.where(np.arange(400) < 140, 1.0, 0.0)
    assert operating_point(probability, gold, TARGETS) == {"review": 0.8, "withhold": None}


def test_authored_rows_fit_only_what_published_rows_cannot() -> None:
    published, written = drawn(1_000, 1.0, 0.0), drawn(400, 1.0, 0.0, seed=8)
    logits = np.tile(np.concatenate([published[0], written[0]]), (8, 1)).T
    gold = np.full(logits.shape, np.nan)
    gold[:, 0] = np.concatenate([published[1], np.ones(400)])
    gold[1_000:, 2] = written[1]
    authored = np.arange(1_400) >= 1_000
    found = fit_calibration(logits, gold, np.full(1_400, "uz"), TARGETS, authored)
    outputs = found["outputs"]
    assert outputs["misogyny"]["pooled"]["support"] == 1_000
    assert outputs["image_abuse"]["pooled"]["positives"] == written[1].sum()
    assert "image_abuse" in found["operating_points"]
