"""What the README repeats of the functional suites, counted from their report."""

from typing import Any

from training.suite_summary import summary, words


def _cell(right: int, cases: int) -> dict[str, int]:
    return {"correct": right, "cases": cases}


FUNCTIONAL: dict[str, Any] = {
    "accuracy": {
        "threats": {"en": _cell(5, 5), "tk": _cell(3, 4)},
        "implicit": {"en": _cell(2, 4), "tk": _cell(1, 4)},
        "negated_praise": {"en": _cell(3, 4)},
        "testimony": {"en": _cell(6, 6), "tk": _cell(7, 8)},
        "praise": {"tk": _cell(4, 4)},
    },
    "evasions": {
        "leet": {"all": {"recall_lost": 0.031, "alarms_gained": -0.01}, "en": {}},
        "typo": {"all": {"recall_lost": 0.012, "alarms_gained": 0.058}, "en": {}},
    },
    "context": {"all": {"right": 15, "cases": 24}},
}


def test_cases_are_counted_by_kind_functionality_and_language() -> None:
    found = summary(FUNCTIONAL)
    assert (found["flagged"], found["allowed"]) == ([14, 21], [17, 18])
    assert found["by_functionality"]["implicit"] == [3, 8]
    assert found["by_language"] == {"en": [16, 19], "tk": [15, 20]}
    assert found["evasions"]["typo"] == {"recall_lost": 0.012, "alarms_gained": 0.058}
    assert found["replies"] == [15, 24]


def test_the_readme_names_the_weakest_and_the_worst_disguises() -> None:
    said = words(summary(FUNCTIONAL))
    assert "flags 14 of 21 cases that must be flagged and lets 17 of 18 pass" in said
    assert "Weakest are implicit (3 of 8), negated praise (3 of 4), threats (8 of 9) and" in said
    assert "of the languages tk (75%) and en (84%)" in said
    assert "loses at most 3 points of recall on average (leet)" in said
    assert "at most 6 in a hundred harmless texts more (typo)" in said
    assert "Of 24 replies that only their parent decides it judges 15 rightly (12 would" in said


def test_what_was_not_measured_is_not_said() -> None:
    said = words(summary({**FUNCTIONAL, "evasions": {}, "context": {}}))
    assert "disguise" not in said
    assert "replies" not in said
