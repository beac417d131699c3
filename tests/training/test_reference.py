"""The manifest keeps how texts of each language score, for the service to compare with."""

from pathlib import Path

import numpy as np
import pytest

from eval.predictions import write_predictions
from modsvc.engine.manifest import LanguageEntry
from modsvc.review.reliability import reliability
from tests.eval.synthetic import make_predictions
from tests.training import reports as made
from training.pack import language_table
from training.reference import MIN_TEXTS, references, score_histograms


def test_shares_are_binned_as_the_service_bins_traffic() -> None:
    predictions = make_predictions({"en": MIN_TEXTS, "ko": MIN_TEXTS - 1}, neutral=0)
    scores = np.linspace(0, 1, MIN_TEXTS)
    # Bounds are where two ways of counting come apart.
    scores[:12] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.3]
    predictions.probability[:MIN_TEXTS, 0] = scores
    found = score_histograms(predictions)
    assert set(found) == {"en"}
    table = reliability([(float(score), 0) for score in scores])
    assert found["en"] == [pytest.approx(row.count / MIN_TEXTS) for row in table]


def test_neutral_texts_count_and_authored_ones_do_not() -> None:
    predictions = make_predictions({"en": 300}, neutral=2 * MIN_TEXTS)
    predictions.tier[:250] = "authored"
    found = score_histograms(predictions)
    assert set(found) == {"ky", "uz"}
    assert sum(found["uz"]) == pytest.approx(1, abs=1e-3)


def test_a_run_hands_them_to_the_manifest(tmp_path: Path) -> None:
    assert references(tmp_path) == {}
    write_predictions(make_predictions({"en": 200}), tmp_path / "predictions-dev.parquet")
    found = references(tmp_path)
    table = language_table(made.counts(), made.calibration(), {}, found)
    assert LanguageEntry.model_validate(table["en"]).score_histogram == tuple(found["en"])
    assert LanguageEntry.model_validate(table["ta"]).score_histogram is None
