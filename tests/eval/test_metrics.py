"""Figures: equal to scikit-learn's, with intervals that cover, and silence where data is thin."""

import time

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from eval.defaults import RESAMPLES
from eval.groups import label_figures, observe
from eval.metrics import (
    METRICS,
    Observations,
    expected_calibration_error,
    figures,
    point_values,
    resampled_values,
)
from eval.resampling import Resamples
from tests.eval.synthetic import make_predictions


def observations(n: int = 600, *, seed: int = 3, skill: float = 1.5) -> Observations:
    rng = np.random.default_rng(seed)
    gold = (rng.random(n) < 0.3).astype(np.int8)
    logits = rng.normal(size=n) + skill * (gold - 0.5)
    return Observations(
        gold=gold,
        probability=1 / (1 + np.exp(-logits)),
        review=np.full(n, 0.55),
        withhold=np.full(n, 0.8),
    )


def unit_weights(n: int) -> Resamples:
    return Resamples(np.arange(n), np.ones((n, 1), dtype=np.uint8))


def test_the_sums_behind_the_intervals_give_the_same_figures_as_scikit_learn() -> None:
    observed = observations()
    points = point_values(observed, tuple(METRICS))
    sums = resampled_values(observed, unit_weights(len(observed.gold)))
    assert set(points) == set(METRICS)
    for name, value in points.items():
        assert sums[name][0] == pytest.approx(value, abs=1e-6), name


def test_many_distinct_scores_are_binned_without_moving_the_ranking_figures() -> None:
    observed = observations(20_000)
    sums = resampled_values(observed, unit_weights(20_000))
    exact = roc_auc_score(observed.gold, observed.probability)
    assert sums["auroc"][0] == pytest.approx(exact, abs=1e-4)
    exact = average_precision_score(observed.gold, observed.probability)
    assert sums["average_precision"][0] == pytest.approx(exact, abs=2e-3)


def test_a_weight_counts_a_row_that_often() -> None:
    observed = observations(200)
    weights = np.random.default_rng(5).poisson(1.0, size=(200, 1)).astype(np.uint8)
    drawn = resampled_values(observed, Resamples(np.arange(200), weights))
    index = np.repeat(np.arange(200), weights[:, 0])
    repeated = Observations(
        observed.gold[index],
        observed.probability[index],
        observed.review[index],
        observed.withhold[index],
    )
    for name, value in point_values(repeated, tuple(METRICS)).items():
        assert drawn[name][0] == pytest.approx(value, abs=1e-6), name


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    truth = point_values(observations(400_000, seed=99), ("auroc",))["auroc"]
    covered = 0
    for seed in range(60):
        observed = observations(300, seed=seed)
        groups = np.arange(300).astype(str).astype(object)
        bounds = figures(observed, Resamples.draw(groups, resamples=300)).values["auroc"].interval
        assert bounds is not None
        covered += bounds[0] <= truth <= bounds[1]
    assert 51 <= covered <= 60


def test_copies_in_one_group_are_no_further_evidence() -> None:
    observed = observations(300)
    copied = Observations(
        *(
            np.repeat(column, 4)
            for column in (
                observed.gold,
                observed.probability,
                observed.review,
                observed.withhold,
            )
        )
    )
    groups = np.repeat(np.arange(300), 4).astype(str).astype(object)
    alone = Resamples.draw(np.arange(1200).astype(str).astype(object), resamples=400)

    def width(resamples: Resamples) -> float:
        bounds = figures(copied, resamples).values["auroc"].interval
        assert bounds is not None
        return bounds[1] - bounds[0]

    assert width(Resamples.draw(groups, resamples=400)) > 1.6 * width(alone)


def test_calibration_error_is_zero_when_probabilities_are_frequencies_and_grows_with_the_gap() -> (
    None
):
    gold = np.array([1, 0, 0, 0] * 50, dtype=np.int8)
    assert expected_calibration_error(gold, np.full(200, 0.25)) == pytest.approx(0)
    assert expected_calibration_error(gold, np.full(200, 0.95)) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("rows", "positives", "why"),
    [
        (49, 25, "49 rows"),
        (60, 19, "19 positives"),
        (200, 181, "19 negatives"),
    ],
)
def test_a_group_with_too_little_data_says_so_instead_of_a_number(
    rows: int, positives: int, why: str
) -> None:
    gold = (np.arange(rows) < positives).astype(np.int8)
    observed = Observations(gold, np.linspace(0, 1, rows), np.full(rows, 0.5), np.full(rows, 0.9))
    found = figures(observed, unit_weights(rows))
    assert found.too_few == f"too few: {why}"
    assert not found.values


def test_false_alarms_need_no_positives() -> None:
    observed = Observations(
        np.zeros(80, np.int8), np.linspace(0, 0.99, 80), np.full(80, 0.75), np.full(80, 0.9)
    )
    found = figures(observed, Resamples.draw(np.arange(80).astype(object), resamples=200))
    assert set(found.values) == {"fpr_at_review", "fpr_at_half"}
    assert found.values["fpr_at_review"].value == pytest.approx(0.25)
    assert found.too_few == "too few: 0 positives"


def test_a_withhold_threshold_that_was_not_reached_withholds_nothing() -> None:
    observed = observations()
    never = Observations(
        observed.gold, observed.probability, observed.review, np.full(len(observed.gold), np.inf)
    )
    found = point_values(never, tuple(METRICS))
    assert found["recall_at_withhold"] == 0
    assert "precision_at_withhold" not in found


def test_a_label_without_a_threshold_has_no_figures_at_review() -> None:
    predictions = make_predictions(neutral=0)
    review, withhold = predictions.points.thresholds("stereotyping", predictions.language)
    assert np.isnan(review).all()
    assert np.isnan(withhold).all()
    observed = observe(predictions, "misogyny")
    bare = Observations(
        observed.gold, observed.probability, observed.review * np.nan, observed.withhold * np.nan
    )
    found = point_values(bare, tuple(METRICS))
    assert "macro_f1_at_half" in found
    assert not [name for name in found if name.endswith(("review", "withhold"))]


def test_thirty_thousand_rows_take_seconds() -> None:
    predictions = make_predictions({"en": 30_000}, neutral=0)
    start = time.process_time()
    draws = Resamples.draw(predictions.group, resamples=RESAMPLES)
    label_figures(predictions, draws)
    assert time.process_time() - start < 20
