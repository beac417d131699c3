"""What the manifest says of languages and figures, from counts and reports."""

import numpy as np

from tests.eval.synthetic import make_predictions
from tests.training import reports as made
from training.measure import Reports, by_tier, headline, measured_languages, suites
from training.pack import language_table

REPORTS: Reports = {"open": {"dev": made.report(0.8)}}


def test_a_language_is_measured_when_some_split_of_some_tier_had_enough_rows() -> None:
    assert measured_languages(REPORTS) == {"en"}
    research = made.report(0.7)
    research["by_language"] = {"uz": made.measured(0.7, 0.6, 0.8), "es": made.unmeasured(4)}
    assert measured_languages({**REPORTS, "research": {"test": research}}) == {"en", "uz"}


def test_a_language_is_counted_over_its_labelled_sources() -> None:
    table = language_table(made.counts(), made.calibration(), REPORTS, {})
    assert table["en"] == {
        "train": 14_200,
        "positives": 3_448,
        "authored": 0,
        "dev": 2_000,
        "dev_positives": 486,
        "supported": True,
        "calibration": "own",
    }
    assert table["ta"]["train"] == 500
    assert (table["ta"]["supported"], table["ta"]["calibration"]) == (False, "pooled")


def test_a_language_of_neutral_text_alone_has_no_rows_and_no_support() -> None:
    table = language_table(made.counts(), made.calibration(), REPORTS, {})
    assert (table["ky"]["train"], table["ky"]["supported"]) == (0, False)


def test_a_language_that_was_only_measured_is_listed_too() -> None:
    research = made.report(0.7)
    research["by_language"] = {"ko": made.measured(0.7, 0.6, 0.8)}
    table = language_table(
        made.counts(), made.calibration(), {**REPORTS, "research": {"test": research}}, {}
    )
    assert (table["ko"]["train"], table["ko"]["supported"]) == (0, True)
    assert list(table) == sorted(table)


def test_neutral_rows_are_reported_with_the_open_sources() -> None:
    predictions = make_predictions({"en": 40, "es": 20}, neutral=10)
    predictions.tier[:15] = "research"
    parts = by_tier(predictions)
    assert {tier: len(part) for tier, part in parts.items()} == {"open": 55, "research": 15}
    assert np.count_nonzero(parts["open"].tier == "neutral") == 10


def test_a_tier_without_rows_has_no_report() -> None:
    assert set(by_tier(make_predictions({"en": 40}, neutral=0))) == {"open"}


def test_the_manifest_repeats_the_main_figures_of_what_was_measured() -> None:
    figures = dict.fromkeys(
        ("macro_f1_at_review", "macro_f1_at_half", "average_precision", "ece"), 0.8
    )
    assert headline(REPORTS) == {
        "open": {"dev": {"by_language": {"en": figures}, "by_source": {"edos": figures}}}
    }


def test_the_manifest_says_what_the_suites_said_where_any_were_run() -> None:
    report = made.report(0.8)
    report["functional"] |= {"evasions": {}, "context": {}}
    assert suites({"open": {"dev": report}})["suites"]["by_language"] == {"en": [7, 9]}
    assert suites({"open": {"dev": {**report, "functional": None}}}) == {}
