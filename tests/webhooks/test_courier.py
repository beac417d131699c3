"""Messages reach the platform: signed, at least once, whatever fails in between."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from modsvc.errors import NotFound
from modsvc.store import outbox
from modsvc.store.columns import utcnow
from modsvc.store.database import Database
from modsvc.store.tables import Outbox, Webhook
from modsvc.store.writer import Writer
from modsvc.webhooks import courier as module
from modsvc.webhooks.courier import MAX_ATTEMPTS, Courier, wait_after
from modsvc.webhooks.deliver import DeliveryFailed, deliver
from modsvc.webhooks.signature import HEADER, verify
from tests.webhooks.receiver import receiving


@contextmanager
def delivering(
    database: Database, *, allow_private: bool = True, poll_s: float = 0.02
) -> Iterator[None]:
    writer = Writer(database)
    writer.start()
    courier = Courier(database, writer, allow_private=allow_private, poll_s=poll_s)
    courier.start()
    try:
        yield
    finally:
        courier.stop()
        writer.stop()


def add_webhook(database: Database, url: str) -> Webhook:
    with database.transaction() as session:
        return outbox.add_webhook(session, url, ["decision.made"], community="", actor="key")


def tell(database: Database, count: int = 1, community: str = "") -> None:
    with database.transaction() as session:
        bodies = [(community, {"number": number}) for number in range(count)]
        outbox.announce(session, "decision.made", bodies)


def messages(database: Database, webhook: Webhook) -> list[Outbox]:
    with database.reading() as session:
        return outbox.messages(session, webhook.id, 1000)


def wait_until_settled(database: Database, webhook: Webhook) -> list[Outbox]:
    give_up = time.monotonic() + 60
    while any(row.next_attempt_at is not None for row in messages(database, webhook)):
        assert time.monotonic() < give_up
        time.sleep(0.01)
    return messages(database, webhook)


def test_each_message_arrives_signed_and_is_settled(database: Database) -> None:
    with receiving() as platform:
        webhook = add_webhook(database, platform.url)
        tell(database, 40)
        tell(database, 1, community="school")
        with delivering(database):
            received = platform.wait_for(40)
            rows = wait_until_settled(database, webhook)
    assert len(received) == len(rows) == 40
    assert {request.headers["Modsvc-Delivery"] for request in received} == {row.id for row in rows}
    assert all(row.delivered_at is not None and row.attempts == 1 for row in rows)
    request = received[0]
    assert request.headers["Modsvc-Event"] == "decision.made"
    assert verify(webhook.secret, request.headers[HEADER], request.body, time.time())


def test_nothing_that_waits_is_left_until_the_next_look(database: Database) -> None:
    with receiving() as platform:
        webhook = add_webhook(database, platform.url)
        tell(database, 100)
        with delivering(database, poll_s=3600):
            rows = wait_until_settled(database, webhook)
    assert all(row.delivered_at is not None for row in rows)


def test_a_platform_that_fails_is_told_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "wait_after", lambda attempt: timedelta(milliseconds=10))
    with receiving() as platform:
        platform.statuses = [500, 302, 404, 204]
        webhook = add_webhook(database, platform.url)
        tell(database)
        with delivering(database):
            [row] = wait_until_settled(database, webhook)
        requests = platform.requests
    assert (row.attempts, row.last_error) == (4, "")
    assert [request.headers["Modsvc-Attempt"] for request in requests] == ["1", "2", "3", "4"]
    assert len({request.headers["Modsvc-Delivery"] for request in requests}) == 1
    assert len({request.body for request in requests}) == 1


def test_who_never_answers_is_given_up_and_can_be_told_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "wait_after", lambda attempt: None)
    with receiving() as platform, delivering(database):
        platform.statuses = [503, 200]
        webhook = add_webhook(database, platform.url)
        tell(database)
        [row] = wait_until_settled(database, webhook)
        assert (row.delivered_at, row.last_error) == (None, "HTTP 503")
        with database.transaction() as session:
            outbox.resend(session, row.id)
        [row] = wait_until_settled(database, webhook)
        assert row.delivered_at is not None
    with database.transaction() as session, pytest.raises(NotFound):
        outbox.resend(session, "no such message")


def test_waits_double_up_to_a_quarter_of_a_day_for_about_two_days() -> None:
    waits = [wait_after(attempt) for attempt in range(1, MAX_ATTEMPTS + 1)]
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert waits[-1] is None
    total = sum((wait for wait in waits if wait is not None), timedelta())
    assert timedelta(days=1) < total < timedelta(days=3)


def test_whoever_dies_while_delivering_leaves_it_to_others(database: Database) -> None:
    with receiving() as platform:
        webhook = add_webhook(database, platform.url)
        tell(database)
        now = utcnow()

        def claim(at: object) -> int:
            with database.transaction() as session:
                lease = timedelta(seconds=60)
                return len(outbox.claim(session, at, lease=lease, limit=9, per_webhook=9))  # type: ignore[arg-type]

        assert claim(now + timedelta(seconds=1)) == 1
        # Claimed, and nobody else gets it; then its holder is taken for dead.
        assert claim(now + timedelta(seconds=30)) == 0
        assert claim(now + timedelta(seconds=90)) == 1
        assert messages(database, webhook)[0].attempts == 2


def test_a_slow_platform_does_not_keep_the_others_waiting(database: Database) -> None:
    with receiving() as slow, receiving() as quick:
        slow.delay_s = 1.0
        add_webhook(database, slow.url)
        tell(database, 200)
        add_webhook(database, quick.url)
        with delivering(database):
            tell(database)
            quick.wait_for(1)
            assert len(slow.requests) < 200


def test_a_removed_webhook_is_told_nothing_any_more(database: Database) -> None:
    with receiving() as platform:
        webhook = add_webhook(database, platform.url)
        tell(database)
        with database.transaction() as session:
            outbox.remove_webhook(session, webhook.id, actor="key")
        tell(database)
        with delivering(database):
            [row] = wait_until_settled(database, webhook)
        assert platform.requests == []
        assert row.last_error == "the webhook was removed"
        with database.transaction() as session, pytest.raises(NotFound):
            outbox.remove_webhook(session, webhook.id, actor="key")


def test_a_host_in_our_own_network_is_not_called(database: Database) -> None:
    with receiving() as platform:
        add_webhook(database, platform.url.replace("http:", "https:"))
        tell(database)
        with database.transaction() as session:
            [delivery] = outbox.claim(
                session, utcnow(), lease=timedelta(seconds=60), limit=9, per_webhook=9
            )
        with pytest.raises(DeliveryFailed, match="private network"):
            deliver(delivery, allow_private=False)
        # No certificate, no conversation.
        with pytest.raises(DeliveryFailed, match="SSL"):
            deliver(delivery, allow_private=True)
        assert platform.requests == []
