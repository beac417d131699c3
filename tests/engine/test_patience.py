"""On a slow machine a queue is full long before it has no room."""

from types import SimpleNamespace

import pytest

from modsvc.engine import patience as module
from modsvc.engine.patience import Patience
from modsvc.errors import Overloaded


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told is told of one moment, however slow the machine is."""
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 100.0))


def measured(each_s: float, workers: int = 1) -> Patience:
    patience = Patience(2.0, workers)
    for _ in range(50):
        patience.note(8, 8 * each_s)
    return patience


def test_who_would_wait_too_long_is_told_for_how_long() -> None:
    patience = measured(0.1)
    patience.check(19, 1, 30)
    with pytest.raises(Overloaded, match=r"again in 3\.0 s") as refused:
        patience.check(30, 1, 30)
    assert refused.value.retry_after_s == pytest.approx(3.0)
    measured(0.1, workers=2).check(30, 1, 30)


def test_a_deadline_that_is_sooner_counts() -> None:
    with pytest.raises(Overloaded):
        measured(0.1).check(11, 1, 1.0)


def test_nobody_is_refused_where_nobody_waits_or_nothing_is_known() -> None:
    measured(10.0).check(0, 1, 1.0)
    Patience(2.0, 1).check(1000, 1, 30)


def test_a_machine_that_becomes_slow_is_noticed_and_one_odd_batch_is_not() -> None:
    patience = measured(0.01)
    patience.note(1, 0.5)
    patience.check(30, 1, 30)
    for _ in range(30):
        patience.note(4, 0.4)
    with pytest.raises(Overloaded):
        patience.check(30, 1, 30)


def told(patience: Patience, arriving: int = 1) -> float:
    with pytest.raises(Overloaded) as refused:
        patience.check(30, arriving, 30)
    return refused.value.retry_after_s


def test_those_who_are_refused_are_told_to_come_one_after_the_other() -> None:
    patience = measured(0.1)
    waits = [told(patience) for _ in range(11)]
    assert waits[0] == pytest.approx(3.0, abs=0.2)
    assert waits[-1] - waits[0] == pytest.approx(1.0, abs=0.2)
    assert waits == sorted(waits)
    # Who brings more takes more of the others' time.
    assert told(patience, 20) < told(patience) - 1.8


def test_nobody_is_sent_away_for_longer_than_a_minute() -> None:
    patience = measured(0.1)
    assert max(told(patience, 100) for _ in range(50)) <= 60
