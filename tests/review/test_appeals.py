"""Somebody objects; somebody else looks again; the outcome is told."""

import pytest

from modsvc.errors import InputError, NotFound, NotPermitted
from modsvc.review import appeals, items
from modsvc.store import contents, decisions, erasure
from modsvc.store.contents import Draft
from modsvc.store.tables import Account, Appeal
from tests.review.desk import Desk
from tests.store.rows import decision


@pytest.fixture
def ana(desk: Desk) -> Account:
    return desk.person("ana")


@pytest.fixture
def ben(desk: Desk) -> Account:
    return desk.person("ben")


def appeal(desk: Desk, item: str, words: str = "I quoted what I was told.") -> Appeal:
    content = desk.content(item).id
    with desk.database.transaction() as session:
        return appeals.start(session, content, words, actor="key", contact="a@example.org")


def outcome(desk: Desk, made: Appeal) -> tuple[str, str | None]:
    with desk.database.reading() as session:
        now = appeals.get(session, made.id)
        return now.state, now.outcome


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("uphold", "overturn", "overturn"),
        ("uphold", "uphold", "uphold"),
        ("overturn", "uphold", "overturn"),
        ("overturn", "overturn", "uphold"),
    ],
)
def test_an_appeal_is_decided_by_somebody_else(
    desk: Desk, ana: Account, ben: Account, first: str, then: str, expected: str
) -> None:
    item = desk.flag()
    desk.settle(ana, item, first)
    made = appeal(desk, item)
    assert made.item == item
    with desk.database.reading() as session:
        assert [one.appeal.id for one in appeals.listed(session, "open")] == [made.id]
    assert desk.claim(ana) is None
    with pytest.raises(NotPermitted):
        desk.take(ana, str(made.review))
    assert desk.claim(ben) == made.review
    with desk.database.reading() as session:
        view = items.look(session, ben, str(made.review))
    assert view.appeal is not None
    assert (view.shown, view.appeal.words) == ("appeal", "I quoted what I was told.")
    desk.resolve(ben, str(made.review), then)
    assert outcome(desk, made) == ("resolved", expected)
    assert desk.state(item).action == ("withhold" if then == "uphold" else "allow")
    assert [kind for kind, _ in desk.events(str(made.review))] == [
        *("appealed", "claimed"),
        "upheld" if then == "uphold" else "overturned",
        "appeal.resolved",
    ]


def test_an_appeal_against_the_machine_is_seen_by_the_first_reviewer(
    desk: Desk, ana: Account
) -> None:
    item = desk.flag(action="withhold")
    made = appeal(desk, item)
    assert (made.review, made.item) == (item, None)
    desk.take(ana, item)
    with desk.database.reading() as session:
        assert items.look(session, ana, item).shown == "appeal"
    desk.resolve(ana, item, "overturn")
    assert outcome(desk, made) == ("resolved", "overturn")
    assert desk.items("appeal") == []


def test_an_appeal_while_somebody_looks_gets_an_item_of_its_own(
    desk: Desk, ana: Account, ben: Account
) -> None:
    item = desk.flag(action="withhold")
    desk.take(ana, item)
    made = appeal(desk, item)
    assert made.review != item
    desk.settle(ben, str(made.review), "overturn")
    desk.wait(minutes=1)
    desk.resolve(ana, item, "uphold")
    # Whoever had the appellant's words in view has the last word.
    assert desk.state(item).action == "allow"
    assert outcome(desk, made) == ("resolved", "overturn")


def test_an_escalated_appeal_waits_for_a_lead(desk: Desk, ana: Account, ben: Account) -> None:
    lead = desk.person("lea", "lead")
    item = desk.flag()
    desk.settle(ana, item, "uphold")
    made = appeal(desk, item)
    desk.settle(ben, str(made.review), "escalate")
    assert outcome(desk, made) == ("open", None)
    [asked] = desk.items("adjudication")
    desk.settle(lead, asked.id, "overturn")
    assert outcome(desk, made) == ("resolved", "overturn")
    desk.undo(lead, asked.id)
    assert outcome(desk, made) == ("open", None)
    desk.resolve(lead, asked.id, "escalate")
    assert outcome(desk, made) == ("resolved", "escalate")


def test_undoing_reopens_the_appeal(desk: Desk, ana: Account, ben: Account) -> None:
    item = desk.flag()
    desk.settle(ana, item, "uphold")
    made = appeal(desk, item)
    desk.settle(ben, str(made.review), "overturn")
    desk.undo(ben, str(made.review))
    assert outcome(desk, made) == ("open", None)
    assert desk.state(item).action == "withhold"


def test_what_cannot_be_appealed(desk: Desk, ana: Account, ben: Account) -> None:
    pending = desk.flag(content_id="c1")
    with pytest.raises(NotPermitted, match="Nothing is decided"):
        appeal(desk, pending)
    desk.settle(ana, pending, "uphold")
    with pytest.raises(InputError, match="why"):
        appeal(desk, pending, "  ")
    with pytest.raises(InputError, match="5000"):
        appeal(desk, pending, "x" * 5001)
    made = appeal(desk, pending)
    with pytest.raises(NotPermitted, match="already"):
        appeal(desk, pending)
    desk.settle(ben, str(made.review), "uphold")
    with desk.database.transaction() as session:
        erasure.erase(session, "", "c1", actor="key")
    with pytest.raises(NotPermitted, match="erased"):
        appeal(desk, pending)
    with desk.database.transaction() as session, pytest.raises(NotFound):
        appeals.start(session, "nothing", "Why?", actor="key")
    with desk.database.reading() as session, pytest.raises(NotFound):
        appeals.get(session, "nothing")


def test_what_an_appeal_confirmed_is_not_looked_at_forever(
    desk: Desk, ana: Account, ben: Account
) -> None:
    item = desk.flag()
    desk.settle(ana, item, "uphold")
    desk.settle(ben, str(appeal(desk, item).review), "uphold")
    with pytest.raises(NotPermitted, match="has had its outcome"):
        appeal(desk, item)
    # A lead may still want another look, and the other side has its own turn.
    with desk.database.transaction() as session:
        content = desk.content(item).id
        made = appeals.start(session, content, "A court says so.", actor="lead", again=True)
    desk.settle(desk.person("cem"), str(made.review), "overturn")
    made = appeal(desk, item, "It is aimed at me.")
    desk.settle(desk.person("dua"), str(made.review), "uphold")
    with pytest.raises(NotPermitted, match="has had its outcome"):
        appeal(desk, item)


def test_one_author_cannot_fill_the_queue_with_appeals(
    desk: Desk, ana: Account, ben: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appeals, "MAX_OPEN_OF_AUTHOR", 2)
    allowed, *withheld = [desk.flag(f"You hateword {n}", author_id="a1") for n in range(4)]
    others = desk.flag("You hateword too", author_id="a2")
    desk.settle(ana, allowed, "overturn")
    for item in (*withheld, others):
        desk.settle(ana, item, "uphold")
    first = appeal(desk, withheld[0])
    # Complaints about the author do not use up the author's appeals.
    appeal(desk, allowed, "It is aimed at me.")
    appeal(desk, withheld[1])
    with pytest.raises(NotPermitted, match="2 appeals"):
        appeal(desk, withheld[2])
    appeal(desk, others)
    desk.settle(ben, str(first.review), "uphold")
    appeal(desk, withheld[2])


def test_somebody_complains_about_what_was_allowed(desk: Desk, ana: Account) -> None:
    with desk.database.transaction() as session:
        content = contents.put(session, Draft(content_id="c", text="Hello"), actor="key").content
        session.flush()
        decisions.record(session, decision(content.id, action="allow"))
        made = appeals.start(session, content.id, "This is aimed at me.", actor="key")
    desk.settle(ana, str(made.review), "uphold", "derogation")
    assert desk.state(str(made.review)).action == "withhold"
    assert outcome(desk, made) == ("resolved", "overturn")
