"""The clock on the wall was a month ahead, and somebody put it right."""

import time
from datetime import timedelta

import pytest

from modsvc.store import clocks, outbox
from modsvc.store.clocks import Clock, Mended, mend
from modsvc.store.tables import Outbox
from modsvc.webhooks.courier import longest_waits
from tests.review.desk import Desk

LEASE = timedelta(minutes=10)


def test_what_was_held_and_put_off_by_a_wrong_clock_is_free_again(desk: Desk) -> None:
    ana, ben = desk.person("ana"), desk.person("ben")
    item = desk.flag()
    with desk.database.transaction() as session:
        outbox.add_webhook(
            session, "https://example.org/", ["decision.made"], community="", actor="eva"
        )
        outbox.announce(session, "decision.made", [("", {"content": "c1"})])
    right, desk.now = desk.now, desk.now + timedelta(days=30)
    assert desk.claim(ana) is not None
    with desk.database.transaction() as session:
        [message] = session.query(Outbox)
        message.next_attempt_at = desk.now
    desk.now = right
    assert desk.claim(ben) is None
    assert mend(desk.database, lease=LEASE, waits=longest_waits(), now=right) == Mended(1, 1)
    assert desk.take(ben, item).lease_owner == ben.id
    with desk.database.transaction() as session:
        assert outbox.is_due(session, right)


@pytest.mark.parametrize(
    ("attempts", "hours", "due"), [(0, 1, 1), (1, 1, 1), (13, 5, 0), (13, 7, 1)]
)
def test_a_message_waits_as_long_as_its_attempts_allow(
    desk: Desk, attempts: int, hours: int, due: int
) -> None:
    with desk.database.transaction() as session:
        outbox.add_webhook(
            session, "https://example.org/", ["decision.made"], community="", actor="eva"
        )
        outbox.announce(session, "decision.made", [("", {"content": "c1"})])
        session.flush()
        [message] = session.query(Outbox)
        message.attempts, message.next_attempt_at = attempts, desk.now + timedelta(hours=hours)
    made = mend(desk.database, lease=LEASE, waits=longest_waits(), now=desk.now)
    assert made == Mended(0, due)


def test_what_a_right_clock_made_is_left_alone(desk: Desk) -> None:
    ana = desk.person("ana")
    desk.flag()
    assert desk.claim(ana) is not None
    # Another service's clock may be a few seconds off.
    early = desk.now - timedelta(seconds=30)
    assert mend(desk.database, lease=LEASE, waits=longest_waits(), now=early) == Mended(0, 0)


def test_a_jump_is_noticed_and_time_that_passes_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    assert abs(clock.jump()) < timedelta(seconds=1)
    real = clocks.utcnow
    monkeypatch.setattr(clocks, "utcnow", lambda: real() + timedelta(days=30))
    assert abs(clock.jump() - timedelta(days=30)) < timedelta(seconds=1)
    counted = time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda which: counted(which) + 30 * 86_400)
    assert abs(clock.jump()) < timedelta(seconds=1)
