"""What several processes count of a model in the shadow adds up."""

from dataclasses import replace
from datetime import date

import pytest

from modsvc.store import shadows
from modsvc.store.database import Database
from modsvc.store.shadows import BINS, Pair, Tally

PAIR = Pair(date(2026, 3, 1), "one", "two", "es")


def tally(*counted: tuple[shadows.Outcome, float]) -> Tally:
    made = Tally()
    for outcome, difference in counted:
        made.count(outcome, difference)
    return made


def test_counts_of_two_processes_are_one(database: Database) -> None:
    first = tally(("same", 0.0), ("more", 0.5))
    second = tally(("fewer", -0.25), ("other", 0.1))
    for some in ({PAIR: first}, {PAIR: second, PAIR._replace(language="ru"): first}):
        with database.transaction() as session:
            shadows.add(session, some)
    with database.reading() as session:
        found = shadows.of_pair(session, "one", "two")
        assert shadows.of_pair(session, "two", "one") == {}
        assert len(shadows.between(session, PAIR.day, PAIR.day)) == 2
        assert shadows.between(session, date(2026, 3, 2), date(2026, 3, 9)) == []
    assert list(found) == ["es", "ru"]
    spanish = found["es"]
    assert (spanish.texts, spanish.same, spanish.more, spanish.fewer, spanish.other) == (
        *(4, 1, 1, 1),
        1,
    )
    assert spanish.mean_difference == pytest.approx(0.85 / 4)
    assert found["ru"] == replace(first)


def test_days_add_up(database: Database) -> None:
    with database.transaction() as session:
        shadows.add(session, {PAIR: tally(("same", 0.0))})
        shadows.add(session, {PAIR._replace(day=date(2026, 3, 2)): tally(("more", 1.0))})
    with database.reading() as session:
        assert shadows.of_pair(session, "one", "two")["es"].texts == 2


def test_bins_hold_their_lower_end() -> None:
    made = tally(*(("same", low) for low in (-1.0, -0.9, -1e-9, 0.0, 0.05, 0.1, 0.3, 1.0)))
    assert sum(made.histogram) == 8
    assert (made.histogram[0], made.histogram[1]) == (1, 1)
    # The middle: nothing or almost nothing changed.
    assert made.histogram[BINS // 2] == 3
    assert (made.histogram[11], made.histogram[13], made.histogram[-1]) == (1, 1, 1)
    assert Tally().mean_difference is None
