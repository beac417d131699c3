"""Comparison: the same rows, the same resamples, and certainty only where it is earned."""

import numpy as np
import pytest

from eval.compare import Slice, compare, render, to_json
from eval.errors import EvalError
from tests.eval.synthetic import make_predictions


def by_name(slices: list[Slice]) -> dict[str, Slice]:
    return {part.name: part for part in slices}


def test_a_model_against_itself_has_no_difference_at_all() -> None:
    predictions = make_predictions()
    for part in compare(predictions, predictions, resamples=50):
        for change in part.changes.values():
            assert change.interval == (0, 0)
            assert not change.certain


def test_a_better_model_is_better_everywhere_and_the_overall_difference_is_certain() -> None:
    weak = make_predictions(skill=0.8, model_version="weak")
    strong = make_predictions(skill=2.5, model_version="strong")
    slices = by_name(compare(weak, strong, resamples=200))
    change = slices["overall"].changes["auroc"]
    assert change.certain
    assert change.b > change.a
    assert {"en", "source_en"} <= set(slices)
    assert slices["ko"].too_few == "too few: 30 rows"
    assert "uz" not in slices


def test_pairing_makes_the_interval_narrower_than_two_separate_ones() -> None:
    one = make_predictions({"en": 600}, neutral=0)
    noise = np.random.default_rng(4).normal(0, 0.01, one.probability.shape)
    other = make_predictions({"en": 600}, neutral=0)
    other.probability[:] = np.clip(one.probability + noise, 0, 1)
    paired = compare(one, other, resamples=300)[0].changes["auroc"].interval
    unrelated = make_predictions({"en": 600}, neutral=0, seed=8)
    separate = compare(one, unrelated, resamples=300)[0].changes["auroc"].interval
    assert paired is not None
    assert separate is not None
    assert paired[1] - paired[0] < 0.5 * (separate[1] - separate[0])


def test_only_shared_rows_are_compared_whatever_their_order() -> None:
    predictions = make_predictions({"en": 300}, neutral=0)
    shuffled = predictions.select(np.random.default_rng(1).permutation(300)[:250])
    (overall, *_) = compare(predictions, shuffled, resamples=20)
    assert overall.support == 250
    assert overall.changes["brier"].interval == (0, 0)


def test_different_rows_or_labels_are_refused() -> None:
    predictions = make_predictions({"en": 100}, neutral=0)
    other = make_predictions({"en": 100}, neutral=0)
    other.gold[:, 0] = 1 - other.gold[:, 0]
    with pytest.raises(EvalError, match="one corpus"):
        compare(predictions, other, resamples=5)
    other.row_id[:] = [f"other-{i}" for i in range(100)]
    with pytest.raises(EvalError, match="share no rows"):
        compare(predictions, other, resamples=5)


def test_the_table_and_the_document_hold_every_slice() -> None:
    a, b = make_predictions(skill=1), make_predictions(skill=2)
    slices = compare(a, b, resamples=30)
    document = to_json(a, b, slices)
    assert len(document["slices"]) == render(a, b, slices).row_count == len(slices)
    first = document["slices"][0]["metrics"]["auroc"]
    assert first["difference"] == pytest.approx(first["b"] - first["a"], abs=2e-5)
