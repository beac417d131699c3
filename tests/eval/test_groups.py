"""Groups: each language by itself, the spread over them, and harmless texts apart."""

import numpy as np
import pytest

from eval.curves import confusions, curves_by_language, flag_shares
from eval.groups import (
    by_category,
    false_positives_on_neutral,
    false_positives_on_women,
    grouped,
    label_figures,
)
from eval.predictions import Predictions
from eval.resampling import Resamples
from tests.eval.synthetic import make_predictions


def draws(predictions: Predictions) -> Resamples:
    return Resamples.draw(predictions.group, resamples=100)


def test_every_language_gets_its_own_figures_and_its_own_threshold() -> None:
    predictions = make_predictions().measured()
    table = grouped(predictions, draws(predictions), "language")
    spanish = predictions.select(predictions.language == "es")
    flagged = spanish.probability[:, 0] >= 0.6
    positives = spanish.gold[:, 0] == 1
    assert table.by_group["es"].values["recall_at_review"].value == pytest.approx(
        flagged[positives].mean()
    )
    assert table.by_group["ko"].too_few == "too few: 30 rows"
    assert table.overall.support == len(predictions)


def test_the_spread_names_the_worst_and_best_language_and_ignores_thin_ones() -> None:
    good, bad = make_predictions({"en": 400}, skill=3), make_predictions({"es": 400}, skill=0.3)
    parts = {
        name: np.concatenate([getattr(good, name), getattr(bad, name)])
        for name in Predictions.__dataclass_fields__
        if isinstance(getattr(good, name), np.ndarray)
    }
    both = Predictions(
        good.model_version, good.split, good.corpus_sha256, good.points, **parts
    ).measured()
    spread = grouped(both, draws(both), "language").difference()["auroc"]
    assert (spread.lowest, spread.highest) == ("es", "en")
    assert spread.between_groups > spread.to_overall > 0.05


def test_rows_whose_source_does_not_state_a_category_are_not_counted_for_it() -> None:
    predictions = make_predictions().measured()
    found = by_category(predictions, draws(predictions))
    assert found["threats"].support == len(predictions)
    assert found["stereotyping"].support == 0
    assert found["stereotyping"].too_few == "too few: 0 rows"


def test_false_alarms_on_women_count_only_harmless_texts_that_mention_them() -> None:
    predictions = make_predictions().measured()
    found = false_positives_on_women(predictions, draws(predictions))["en"]
    chosen = predictions.select(
        (predictions.language == "en") & predictions.mentions_women & (predictions.gold[:, 0] == 0)
    )
    assert found.support == len(chosen)
    assert found.values["fpr_at_review"].value == pytest.approx(
        (chosen.probability[:, 0] >= 0.5).mean()
    )
    assert found.too_few is None


def test_neutral_texts_are_reported_apart_and_only_by_false_alarms() -> None:
    predictions = make_predictions(neutral=160)
    neutral = predictions.neutral()
    found = false_positives_on_neutral(neutral, draws(neutral))
    assert set(found) == {"uz", "ky"}
    assert set(found["uz"].values) == {"fpr_at_review", "fpr_at_half"}
    measured = predictions.measured()
    assert label_figures(measured, draws(measured)).support == len(predictions) - 160


def test_thin_neutral_languages_say_so() -> None:
    neutral = make_predictions(neutral=60).neutral()
    assert false_positives_on_neutral(neutral, draws(neutral))["uz"].too_few is not None


def test_confusion_adds_up_and_names_only_labels_that_have_a_threshold() -> None:
    measured = make_predictions().measured()
    table = confusions(measured)
    assert set(table) == {"misogyny", "threats", "derogation"}
    assert sum(table["misogyny"].values()) == len(measured)
    threats = measured.gold[:, 1] == 1
    assert table["threats"]["true_positives"] == (measured.probability[threats, 1] >= 0.5).sum()


def test_flag_shares_follow_the_gold_category() -> None:
    shares = flag_shares(make_predictions(skill=4).measured())
    assert shares["threats"]["threats"] > 0.9
    assert shares["none"]["misogyny"] < 0.1


def test_curves_exist_for_languages_with_enough_data_and_run_from_all_to_little_recall() -> None:
    curves = curves_by_language(make_predictions().measured())
    assert "en" in curves
    assert "ko" not in curves
    recall = curves["en"]["precision_recall"]["recall"]
    assert recall == sorted(recall)
    assert recall[-1] == 1
    assert recall[0] < 0.05
    reliability = curves["en"]["reliability"]
    assert all(0 <= share <= 1 for share in reliability["observed"])
    assert min(reliability["rows"]) >= 10
