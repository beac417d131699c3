"""Leads see whether reviewers agree, where they do not, and whose reviews hold up."""

import math
from dataclasses import replace
from datetime import timedelta

import krippendorff
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modsvc.review import agreement, people
from modsvc.review.alpha import alpha
from tests.review.desk import NOW, PLAIN, Desk

TOMORROW = NOW + timedelta(days=1)


@given(st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=30))
def test_alpha_is_what_the_library_says(units: list[list[int]]) -> None:
    ours = alpha(units)
    paired = {value for unit in units if len(unit) > 1 for value in unit}
    if len(paired) < 2:
        assert ours is None
        return
    counts = [[unit.count(value) for value in range(4)] for unit in units]
    theirs = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    assert ours is not None
    assert math.isclose(ours, theirs, abs_tol=1e-9)


def test_alpha_of_the_published_example() -> None:
    units = [
        *([1], [], [2, 2], [1, 1], [3, 3], [3, 3, 4], [4, 4, 4], [1, 3]),
        *([2, 2], [1, 1], [1, 1], [3, 3], [3, 3], [], [3, 4]),
    ]
    assert alpha(units) == pytest.approx(0.691358, abs=1e-6)
    assert alpha([[1, 1], [2, 2]]) == 1.0
    assert alpha([[1], [2]]) is None


def reviewed_twice(desk: Desk, *verdicts: tuple[str, str], language: str = "en") -> None:
    """Texts that ana reviews first and ben second."""
    desk.practice = replace(PLAIN, second_share=1.0)
    ana, ben = desk.person(f"ana {language}"), desk.person(f"ben {language}")
    for first, then in verdicts:
        desk.wait(minutes=1)
        item = desk.flag(language=language)
        desk.settle(ana, item, first, *(["derogation"] if first == "uphold" else []))
        if first != "escalate":
            second = desk.items("second")[-1]
            desk.settle(ben, second.id, then, *(["threats"] if then == "uphold" else []))


def test_agreement_by_language_and_label(desk: Desk) -> None:
    reviewed_twice(desk, ("uphold", "uphold"), ("overturn", "overturn"), language="ru")
    reviewed_twice(desk, ("uphold", "overturn"), ("overturn", "escalate"), language="es")
    with desk.database.reading() as session:
        found = agreement.agreement(session, NOW, TOMORROW)
        assert agreement.agreement(session, NOW - timedelta(days=1), NOW)[0].units == 0
    table = {(row.language, row.label): (row.units, row.alpha) for row in found}
    assert table["ru", "verdict"] == (2, 1.0)
    assert table["ru", "misogyny"] == (2, 1.0)
    assert table["ru", "derogation"][0] == 2
    assert table["ru", "derogation"][1] == pytest.approx(0.0)
    assert table["ru", "objectification"] == (2, None)
    assert table["es", "verdict"] == (1, 0.0)
    assert table[None, "verdict"][0] == 3
    assert ("de", "verdict") not in table


def test_the_list_of_disagreements(desk: Desk) -> None:
    reviewed_twice(desk, ("uphold", "overturn"), ("uphold", "uphold"), ("overturn", "uphold"))
    lead = desk.person("lea", "lead")
    asked = desk.items("adjudication")
    desk.settle(lead, asked[0].id, "uphold")
    with desk.database.reading() as session:
        later, earlier = agreement.disagreements(session, NOW, TOMORROW)
    assert (later.first.resolution, later.second.resolution) == ("overturn", "uphold")
    assert later.adjudication is not None
    assert later.adjudication.state == "open"
    assert earlier.adjudication is not None
    assert earlier.adjudication.resolution == "uphold"
    assert earlier.content == earlier.first.content


def test_whose_reviews_hold_up(desk: Desk) -> None:
    reviewed_twice(desk, ("uphold", "overturn"), ("overturn", "overturn"), ("escalate", "escalate"))
    lead = desk.person("lea", "lead")
    for asked in desk.items("adjudication"):
        desk.settle(lead, asked.id, "overturn")
    with desk.database.reading() as session:
        ana, ben, lea = people.people(session, NOW, TOMORROW)
    assert (ana.name, ben.name, lea.name) == ("ana en", "ben en", "lea")
    assert (ana.reviewed, ana.overturned, ana.escalated) == (3, 1, 1)
    assert (ana.overturn_rate, ana.agreement_rate, ana.reversal_rate) == (0.5, 0.5, 1.0)
    assert (ben.overturn_rate, ben.agreement_rate, ben.reversal_rate) == (1.0, 0.5, None)
    assert (lea.reviewed, lea.agreement_rate) == (2, None)
