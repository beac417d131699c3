"""Somebody else looks again, without knowing what was said; leads settle what is disputed."""

from dataclasses import replace

import pytest

from modsvc.errors import NotPermitted
from modsvc.review import items, second_review
from modsvc.store.tables import Account, Item
from tests.review.desk import PLAIN, Desk


@pytest.fixture
def ana(desk: Desk) -> Account:
    desk.practice = replace(PLAIN, second_share=1.0)
    return desk.person("ana")


@pytest.fixture
def ben(desk: Desk) -> Account:
    return desk.person("ben")


@pytest.fixture
def lead(desk: Desk) -> Account:
    return desk.person("lea", "lead")


def test_a_second_look_is_somebody_elses_and_blind(desk: Desk, ana: Account, ben: Account) -> None:
    item = desk.flag()
    desk.settle(ana, item, "uphold", "derogation")
    [second] = desk.items("second")
    assert (second.first, second.content) == (item, desk.item(item).content)
    assert desk.claim(ana) is None
    with pytest.raises(NotPermitted, match="somebody else"):
        desk.take(ana, second.id)
    assert desk.claim(ben) == second.id
    with desk.database.reading() as session:
        view = items.look(session, ben, second.id)
        assert (view.shown, view.earlier) == ("review", ())
        with pytest.raises(NotPermitted, match="Claim"):
            items.look(session, ana, second.id)
    desk.resolve(ben, second.id, "uphold", ["threats"])
    assert desk.items("adjudication") == []
    assert desk.state(item).item == item
    assert len(desk.changes) == 1
    assert desk.claim(ben) is None


def test_leads_settle_disagreements(desk: Desk, ana: Account, ben: Account, lead: Account) -> None:
    item = desk.flag()
    desk.settle(ana, item, "uphold", "derogation")
    [second] = desk.items("second")
    desk.settle(ben, second.id, "overturn")
    assert desk.state(item).status == "upheld"
    [asked] = desk.items("adjudication")
    assert asked.first == item
    eva = desk.person("eva")
    assert desk.claim(eva) is None
    with pytest.raises(NotPermitted):
        desk.take(eva, asked.id)
    assert desk.claim(lead) == asked.id
    with desk.database.reading() as session:
        view = items.look(session, lead, asked.id)
    assert view.shown == "adjudication"
    said = [(one.kind, one.resolution, one.by) for one in view.earlier]
    assert said == [("first", "uphold", "ana"), ("second", "overturn", "ben")]
    desk.resolve(lead, asked.id, "overturn")
    assert (desk.state(item).action, desk.state(item).item) == ("allow", asked.id)
    assert [change.after.status for change in desk.changes] == ["upheld", "overturned"]


def test_an_escalation_asks_the_leads(desk: Desk, ana: Account, lead: Account) -> None:
    item = desk.flag(action="withhold")
    desk.settle(ana, item, "escalate")
    assert desk.items("second") == []
    [asked] = desk.items("adjudication")
    assert (desk.state(item).action, desk.state(item).status) == ("withhold", "escalated")
    desk.settle(lead, asked.id, "escalate")
    assert len(desk.items("adjudication")) == 1
    assert (desk.state(item).action, desk.state(item).status) == ("withhold", "escalated")


def test_undoing_takes_back_what_followed(desk: Desk, ana: Account, lead: Account) -> None:
    item = desk.flag()
    desk.settle(ana, item, "escalate")
    desk.undo(ana, item)
    assert desk.items("adjudication") == []
    desk.resolve(ana, item, "uphold")
    desk.undo(ana, item)
    desk.resolve(ana, item, "overturn")
    # The draw is the item's, not the moment's.
    assert len(desk.items("second")) == 1
    desk.undo(ana, item)
    desk.resolve(ana, item, "escalate")
    [asked] = desk.items("adjudication")
    desk.take(lead, asked.id)
    with pytest.raises(NotPermitted, match="lead"):
        desk.undo(ana, item)
    assert desk.item(item).resolution == "escalate"


def test_undoing_a_second_look_takes_back_the_dispute(
    desk: Desk, ana: Account, ben: Account
) -> None:
    item = desk.flag()
    desk.settle(ana, item, "uphold")
    [second] = desk.items("second")
    desk.settle(ben, second.id, "overturn")
    desk.undo(ben, second.id)
    assert desk.items("adjudication") == []
    desk.resolve(ben, second.id, "overturn")
    assert [asked.first for asked in desk.items("adjudication")] == [item]


def test_about_the_share_that_was_asked_for_is_drawn(desk: Desk) -> None:
    rows = [Item(content="c", decision="d", language="en", severity=0.5) for _ in range(300)]

    def drawn(share: float) -> set[str]:
        with desk.database.reading() as session:
            return {row.id for row in rows if second_review.is_drawn(session, row, share)}

    assert 50 < len(drawn(0.3)) < 130
    assert drawn(0.3) < drawn(0.6)
    assert (drawn(0), drawn(1)) == (set(), {row.id for row in rows})
