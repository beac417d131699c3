"""A webhook comes and goes, and its messages are sent as often as somebody asks for them."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from modsvc.errors import NotFound
from modsvc.store import outbox
from modsvc.store.columns import utcnow
from modsvc.store.database import Database
from modsvc.store.outbox import WEBHOOK_ADDED, WEBHOOK_REMOVED, WEBHOOK_RESTORED, Delivery
from modsvc.store.tables import Event, Outbox


def test_a_removed_webhook_comes_back(database: Database) -> None:
    with database.transaction() as session:
        row = outbox.add_webhook(
            session, "https://example.org/", ["decision.made"], community="school", actor="eva"
        )
        with pytest.raises(NotFound):
            outbox.restore_webhook(session, row.id, actor="eva")
        outbox.remove_webhook(session, row.id, actor="eva")
        assert outbox.webhooks(session) == []
        assert outbox.webhooks(session, removed=True) == [row]
        outbox.announce(session, "decision.made", [("school", {"content": "c1"})])
        outbox.restore_webhook(session, row.id, actor="eva")
        outbox.announce(session, "decision.made", [("school", {"content": "c2"})])
        assert outbox.webhooks(session) == [outbox.get_webhook(session, row.id)]
        # It was told nothing while it was away.
        assert [told.payload["content"] for told in session.query(Outbox)] == ["c2"]
        kinds = [event.kind for event in session.query(Event).order_by(Event.seq)]
        assert kinds[-3:] == [WEBHOOK_ADDED, WEBHOOK_REMOVED, WEBHOOK_RESTORED]
        with pytest.raises(NotFound):
            outbox.get_webhook(session, "none")


@pytest.mark.parametrize("outcome", ["received", "failed", "given up"])
def test_who_asks_for_a_message_that_is_under_way_gets_it_again(
    database: Database, outcome: str
) -> None:
    now = utcnow()
    with database.transaction() as session:
        outbox.add_webhook(
            session, "https://example.org/", ["decision.made"], community="school", actor="eva"
        )
        outbox.announce(session, "decision.made", [("school", {"content": "c1"})])
    with database.transaction() as session:
        [sent] = claimed(session, now + timedelta(seconds=1))
    with database.transaction() as session:
        outbox.resend(session, sent.id)
    with database.transaction() as session:
        settle(session, sent, outcome)
    with database.transaction() as session:
        [again] = claimed(session, now + timedelta(seconds=2))
        assert (again.id, again.attempt) == (sent.id, 1)
    with database.transaction() as session:
        # The first one's end is not the end of the second one, either.
        settle(session, sent, outcome)
        assert outbox.waiting(session, now)[0] == 1
        settle(session, again, "received")
        assert outbox.waiting(session, now)[0] == 0


def claimed(session: Session, now: datetime) -> list[Delivery]:
    return outbox.claim(session, now, lease=timedelta(minutes=1), limit=9, per_webhook=9)


def settle(session: Session, delivery: Delivery, outcome: str) -> None:
    if outcome == "received":
        outbox.delivered(session, delivery, utcnow())
    else:
        again = utcnow() + timedelta(hours=1) if outcome == "failed" else None
        outbox.failed(session, delivery, "HTTP 503", again)
