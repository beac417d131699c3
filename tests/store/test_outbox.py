"""A webhook is removed and comes back; one that is not there is named so."""

import pytest

from modsvc.errors import NotFound
from modsvc.store import outbox
from modsvc.store.database import Database
from modsvc.store.outbox import WEBHOOK_ADDED, WEBHOOK_REMOVED, WEBHOOK_RESTORED
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
