"""How a text was settled, and how far that is to be trusted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from modsvc.review import appeals, export
from modsvc.review.export.weights import LEAST, Trust
from tests.review.desk import PLAIN, Desk


@pytest.fixture
def twice(desk: Desk) -> Desk:
    """A desk where everything is reviewed twice."""
    desk.practice = replace(PLAIN, second_share=1.0)
    return desk


def rows(desk: Desk) -> dict[str, dict[str, Any]]:
    """By text, what is taken for training."""
    with desk.database.reading() as session:
        found = list(export.training_rows(session, kept_days=90))
    return {row["text"]: row for row in found}


def test_reviews_say_how_they_were_settled_and_weigh_as_much(twice: Desk) -> None:
    ana, ben = twice.person("ana"), twice.person("ben")
    lea, lou = twice.person("lea", "lead"), twice.person("lou", "lead")
    for text in ("Alone", "Agreed", "Disputed", "Appealed"):
        twice.settle(ana, twice.flag(text, content_id=text), "uphold", "threats")
        if text in ("Agreed", "Appealed"):
            twice.settle(ben, twice.items("second")[-1].id, "uphold", "threats")
        if text == "Disputed":
            twice.settle(ben, twice.items("second")[-1].id, "overturn")
            twice.settle(lea, twice.items("adjudication")[-1].id, "overturn")
    appealed = twice.content(twice.items("first")[-1].id).id
    with twice.database.transaction() as session:
        appeals.start(session, appealed, "I meant it well", actor="key")
    twice.settle(lou, twice.items("appeal")[-1].id, "overturn")
    found = rows(twice)
    assert {text: (row["settled"], row["misogyny"]) for text, row in found.items()} == {
        "Alone": ("single", 1),
        "Agreed": ("agreed", 1),
        "Disputed": ("adjudicated", 0),
        "Appealed": ("appealed", 0),
    }
    weights = {text: row["weight"] for text, row in found.items()}
    assert LEAST < weights["Alone"] < weights["Agreed"] < 1
    assert weights["Disputed"] == weights["Appealed"] == 1


def test_categories_that_two_people_saw_differently_are_left_open(twice: Desk) -> None:
    ana, ben = twice.person("ana"), twice.person("ben")
    twice.settle(ana, twice.flag("Both"), "uphold", "threats", "derogation")
    twice.settle(ben, twice.items("second")[-1].id, "uphold", "threats")
    row = rows(twice)["Both"]
    assert (row["misogyny"], row["threats"], row["derogation"], row["stereotyping"]) == (
        *(1, 1, None, 0),
    )


def test_texts_say_until_when_they_may_be_kept(desk: Desk) -> None:
    item = desk.flag("Kept")
    desk.settle(desk.person("ana"), item, "overturn")
    day = (desk.content(item).received_at + timedelta(days=90)).date()
    assert rows(desk)["Kept"]["kept_until"] == day.isoformat()


def test_a_language_whose_reviewers_disagree_weighs_less() -> None:
    trust = Trust({"en": 95, "ru": 60}, {"en": 100, "ru": 100})
    assert trust.weight("en", "single") > trust.weight("es", "single")
    assert trust.weight("es", "single") > trust.weight("ru", "single")
    assert trust.weight("ru", "agreed") > trust.weight("ru", "single")
    assert {trust.weight(code, "adjudicated") for code in ("en", "ru")} == {1.0}
    # Coins, thrown often enough, are worth the least there is.
    assert Trust({"en": 4_000}, {"en": 10_000}).weight("en", "single") == LEAST


def test_the_weight_is_that_of_the_formula() -> None:
    # So many pairs that what was granted before hardly counts: 0.9 agree, so √(2 · 0.9 - 1).
    trust = Trust({"en": 90_000}, {"en": 100_000})
    assert trust.weight("en", "single") == pytest.approx(0.894, abs=0.001)
    assert trust.weight("en", "agreed") == pytest.approx(0.994, abs=0.001)
