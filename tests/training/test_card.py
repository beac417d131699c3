"""The card says what the run found, and nothing that it did not."""

from typing import Any

import pytest

from modsvc.labels import LABELS
from tests.training import reports as made
from training.card import render_card
from training.measure import Reports
from training.pack import language_table

REPORTS: Reports = {
    "open": {"dev": made.report(0.812), "test": made.report(0.798)},
    "research": {"test": made.report(0.654)},
}
HISTOGRAMS = {"en": [0.7, 0.05, 0.05, 0.05, 0.0, 0.0, 0.0, 0.05, 0.05, 0.05]}


def rendered(reports: Reports = REPORTS, beside: Reports | None = None, **facts: Any) -> str:
    table = language_table(made.counts(), made.calibration(), reports, HISTOGRAMS)
    about = {**made.FACTS, "languages": table, **facts}
    return render_card(about, made.counts(), made.calibration(), reports, beside)


def section(card: str, title: str) -> str:
    """The text below a heading, up to the next one."""
    start = card.index(f"{title}\n")
    return card[start : card.find("\n#", start)]


def cells(card: str, title: str, first: str) -> list[str]:
    """The cells of the row that starts with `first` below a heading."""
    (row,) = [line for line in section(card, title).splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_the_card_opens_with_the_facts_of_the_run() -> None:
    card = rendered()
    assert card.startswith("# modsvc model, recipe `mine`\n")
    for line in (
        "| tier of the training data | open |",
        "| other rows drawn | 42,000 |",
        "| code | commit 0123456789ab |",
        "| corpus | sha256 fedcba987654 |",
        "| parity, int8 against torch | 99.51% same decision on 5,000 dev texts, "
        "99th percentile of the difference in probability 0.021 |",
    ):
        assert line in card


def test_every_output_is_listed_with_its_thresholds_or_none() -> None:
    card = rendered()
    assert cells(card, "## Outputs", "`misogyny`")[2:] == ["321 of 1,234", "0.4321", "0.8765"]
    assert cells(card, "## Outputs", "`threats`")[3:] == ["0.5111", "none"]
    assert cells(card, "## Outputs", "`image_abuse`")[2:] == ["0 of 1,234", "none", "none"]
    assert all(f"| `{label}` |" in section(card, "## Outputs") for label in LABELS)


def test_results_are_given_by_split_with_intervals_of_the_main_figures() -> None:
    card = rendered()
    for split, value, interval in (
        ("dev", "0.812", "(0.792 to 0.832)"),
        ("test", "0.798", "(0.778 to 0.818)"),
    ):
        row = cells(card, f"### {split}, open sources", "edos")
        assert row[1:5] == ["2,000", "486", f"{value} {interval}", value]
        assert row[-1] == f"{value} {interval}"
    assert "(0.634 to 0.674)" in section(
        card, "### test, research sources, which this model has never trained on"
    )


def test_all_languages_together_have_a_row() -> None:
    row = cells(rendered(), "### dev, open sources", "all")
    assert (row[1], row[-1]) == ("2,011", "0.406 (0.396 to 0.416)")


def test_a_group_with_too_few_rows_has_counts_and_no_figures() -> None:
    row = cells(rendered(), "### dev, open sources", "uz")
    assert row == ["uz", "11", "2", "too few", *[""] * 6]


def test_the_rate_of_false_alarms_is_that_of_the_test_split_where_it_is_known() -> None:
    dev = made.report(0.812)
    dev["neutral"]["ky"]["metrics"] = {"fpr_at_review": {"value": 0.5, "interval": None}}
    reports = {"open": {"dev": dev, "test": made.report(0.798)}}
    neutral = section(rendered(reports), "## False alarms on neutral text")
    assert "| ky | 1,200 | 1.25% |" in neutral
    assert "| tt |" not in neutral


def test_functional_suites_give_cases_right_of_all() -> None:
    assert cells(rendered(), "## Functional suites", "counter_speech") == ["counter_speech", "7/9"]


def test_parts_without_anything_to_say_are_left_out() -> None:
    bare = made.report(0.8) | {"neutral": {}, "functional": None}
    card = rendered({"open": {"dev": bare}})
    for title in (
        "## False alarms",
        "## Functional suites",
        "## Beside",
        "research sources, which",
    ):
        assert title not in card
    assert "parity" not in rendered(metrics={})


def test_another_recipe_is_shown_beside_where_both_have_a_figure() -> None:
    beside: Reports = {"open": {"test": made.report(0.901)}}
    card = rendered(beside=beside)
    table = section(card, "## Beside the research recipe")
    assert "| test | open | edos | 0.798 | 0.901 |" in table
    assert "uli" not in table
    assert "| dev |" not in table


def test_languages_say_whether_they_were_measured() -> None:
    card = rendered()
    expected = ["en", "14,200", "3,448", "2,000", "486", "0", "yes", "own"]
    assert cells(card, "## Languages", "en") == expected
    assert cells(card, "## Languages", "ky") == ["ky", "0", "0", "0", "0", "0", "no", "pooled"]


def test_scores_of_a_language_are_given_where_enough_texts_had_one() -> None:
    title = "## Distribution of scores, dev"
    row = cells(rendered(), title, "en")
    assert (row[1], row[2], row[10], len(row)) == ("70.0%", "5.0%", "5.0%", 11)
    assert "| ky |" not in section(rendered(), title)
    assert title not in rendered(languages={})


def test_training_data_is_credited_with_licence_and_citation() -> None:
    row = cells(rendered() + "\n#", "## Training data", "edos")
    assert row[:6] == ["edos", "open", "CC0 1.0", "en", "14,000", "3,398"]
    assert "SemEval-2023" in row[6]


@pytest.mark.parametrize(("name", "cell"), [("a|b", r"a\|b"), ("a\nb", "a b")])
def test_a_value_cannot_break_the_table(name: str, cell: str) -> None:
    assert f"| base | {cell} |\n" in rendered(base={"name": name})
