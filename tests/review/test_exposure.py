"""Looking at this material all day hurts: it is counted, and breaks are suggested."""

from dataclasses import replace
from datetime import timedelta

import pytest

from modsvc.review import claims, exposure
from modsvc.review.practice import Practice
from modsvc.review.severity import severity, strongest
from tests.review.desk import NOW, PLAIN, Desk
from tests.store.rows import decision


def test_a_persons_day(desk: Desk) -> None:
    desk.practice = replace(PLAIN, break_after=2)
    ana = desk.person("ana", daily_cap=10)
    for _ in range(4):
        desk.flag(threats=0.95)
    for _ in range(2):
        desk.flag(stereotyping=0.9)
    breaks = []
    for _ in range(6):
        with desk.database.transaction() as session:
            claim = claims.claim(session, ana, desk.practice, now=desk.now)
            assert claim is not None
            breaks.append(claim.break_due)
    assert breaks == [False, True, False, True, False, False]
    with desk.database.reading() as session:
        day = exposure.today(session, ana, desk.practice, now=desk.now)
        assert (day.viewed, day.severe, day.left, day.until_break) == (6, 4, 4, 2)
        tomorrow = exposure.today(session, ana, desk.practice, now=NOW + timedelta(days=1))
        assert (tomorrow.viewed, tomorrow.left) == (0, 10)
        [busy] = exposure.lately(session, ana.id, NOW.date() + timedelta(days=13))
        assert (busy.day, busy.viewed, busy.severe) == (NOW.date(), 6, 4)
        assert exposure.lately(session, ana.id, NOW.date() + timedelta(days=14)) == []


def test_a_lead_sees_everybodys_day(desk: Desk) -> None:
    ana, ben = desk.person("ana"), desk.person("ben")
    desk.flag(threats=0.9)
    desk.claim(ana)
    desk.wait(days=1)
    with desk.database.reading() as session:
        [(account, found)] = exposure.of_everyone(session, NOW.date()).items()
        assert (account, found.viewed, found.severe) == (ana.id, 1, 1)
        assert ben.id not in exposure.of_everyone(session, NOW.date())
        assert exposure.of_everyone(session, desk.now.date()) == {}


def test_without_a_cap_nothing_is_left_to_count(desk: Desk) -> None:
    ana = desk.person("ana")
    with desk.database.reading() as session:
        assert exposure.today(session, ana, desk.practice, now=NOW).left is None


@pytest.mark.parametrize(
    ("scores", "expected", "category"),
    [
        ({"threats": 0.95, "derogation": 0.99}, 0.9, "derogation"),
        ({"stereotyping": 0.99}, 0.5, "stereotyping"),
        ({"threats": 0.04}, 0.4, "threats"),
    ],
)
def test_what_may_hurt_more_is_more_severe(
    scores: dict[str, float], expected: float, category: str
) -> None:
    row = decision("c", probability=0.8, toxic_other=0.1, categories=scores)
    assert (severity(row), strongest(row)) == (expected, category)


def test_what_could_not_be_scored_is_in_the_middle() -> None:
    row = decision("c", probability=None, toxic_other=None, categories=None)
    assert (severity(row), strongest(row)) == (0.5, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"second_share": 1.1},
        {"golden_share": -0.1},
        {"break_after": 0},
        {"lease": timedelta(0)},
        {"undo": timedelta(seconds=-1)},
    ],
)
def test_practices_that_mean_nothing(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Practice(**wrong)  # type: ignore[arg-type]
