"""A reviewer decides, decides for a whole pile-on at once, and thinks better of it."""

import pytest

from modsvc.errors import InputError, InputTooLarge, LeaseLost, NotPermitted, TooLate
from modsvc.review import copies
from modsvc.review.resolve import Ruling
from modsvc.store import erasure
from modsvc.store.tables import Account
from modsvc.store.verify import verify
from tests.review.desk import Desk


@pytest.fixture
def ana(desk: Desk) -> Account:
    return desk.person("ana")


def whole(desk: Desk) -> bool:
    with desk.database.reading() as session:
        return list(verify(session)) == []


@pytest.mark.parametrize(
    ("resolution", "event", "action", "status"),
    [
        ("uphold", "upheld", "withhold", "upheld"),
        ("overturn", "overturned", "allow", "overturned"),
        ("escalate", "escalated", "review", "escalated"),
    ],
)
def test_what_a_resolution_does(
    desk: Desk, ana: Account, resolution: str, event: str, action: str, status: str
) -> None:
    item = desk.flag()
    assert (desk.state(item).action, desk.state(item).status) == ("review", "pending")
    desk.claim(ana)
    done = desk.resolve(ana, item, resolution, note="As discussed.")
    assert done.item.state == "resolved"
    assert (done.item.resolved_by, done.item.lease_owner) == (ana.id, None)
    assert done.item.note == "As discussed."
    state = desk.state(item)
    assert (state.action, state.status, state.item) == (action, status, item)
    assert desk.events(item) == [("claimed", ana.id), (event, ana.id)]
    [change] = desk.changes
    assert (change.actor, change.item) == (ana.id, item)
    assert (change.before.status, change.after) == ("pending", state)
    assert whole(desk)


def test_erasing_a_text_takes_what_was_noted_of_it(desk: Desk, ana: Account) -> None:
    item = desk.flag()
    desk.claim(ana)
    desk.resolve(ana, item, "uphold", note="She is called a hateword here.")
    content = desk.state(item).content
    with desk.database.transaction() as session:
        assert erasure.erase_versions(session, [content], actor="key", reason="content") == 1
    assert desk.item(item).note == ""
    assert desk.state(item).status == "upheld"
    assert whole(desk)


def test_a_withheld_text_that_is_upheld_stays_so(desk: Desk, ana: Account) -> None:
    item = desk.flag(action="withhold")
    assert desk.state(item).action == "withhold"
    desk.settle(ana, item, "uphold", "threats", "derogation")
    assert desk.state(item).categories == ("threats", "derogation")
    assert desk.item(item).corrected_categories == ["threats", "derogation"]


def test_only_the_holder_may_decide(desk: Desk, ana: Account) -> None:
    ben = desk.person("ben")
    item = desk.flag()
    with pytest.raises(LeaseLost):
        desk.resolve(ana, item, "uphold")
    desk.claim(ana)
    with pytest.raises(LeaseLost):
        desk.resolve(ben, item, "uphold")
    desk.resolve(ana, item, "uphold")
    with pytest.raises(LeaseLost):
        desk.resolve(ana, item, "overturn")
    with pytest.raises(LeaseLost):
        desk.take(ben, item)
    assert len(desk.changes) == 1


@pytest.mark.parametrize(
    ("ruling", "match"),
    [
        ({"resolution": "delete"}, "uphold"),
        ({"resolution": "uphold", "categories": []}, "at least one"),
        ({"resolution": "uphold", "categories": ["spam"]}, "among"),
        ({"resolution": "overturn", "categories": ["threats"]}, "no category"),
        ({"resolution": "uphold", "note": "x" * 5001}, "5000"),
    ],
)
def test_rulings_that_contradict_themselves(ruling: dict[str, object], match: str) -> None:
    with pytest.raises(InputError, match=match):
        Ruling(**ruling)  # type: ignore[arg-type]
    assert issubclass(InputTooLarge, InputError)


def test_what_fails_changes_nothing(desk: Desk, ana: Account) -> None:
    item = desk.flag()
    desk.claim(ana)

    def fail(*_: object) -> None:
        raise RuntimeError

    desk._on_changed = fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        desk.resolve(ana, item, "uphold")
    assert desk.item(item).state == "claimed"
    assert desk.events(item) == [("claimed", ana.id)]


def test_a_pile_on_is_settled_in_one_go(desk: Desk, ana: Account) -> None:
    ben = desk.person("ben")
    item = desk.flag("You  HATEWORD!", parent_text="My photo")
    same = desk.flag("you hateword!", parent_text="My photo", content_id="same")
    elsewhere = desk.flag("you\nhateword!", parent_text="My cat", content_id="elsewhere")
    others = [
        desk.flag("You hateword", content_id="other"),
        desk.flag("You hateword!", community="school", content_id="school"),
        desk.flag("You hateword!", language="es", content_id="es"),
    ]
    bens = desk.flag("You hateword! ", content_id="bens")
    desk.take(ben, bens)
    desk.take(ana, item)
    with desk.database.reading() as session:
        found = copies.find(session, ana, item, now=desk.now)
    assert [(copy.item, copy.same_parent) for copy in found] == [(same, True), (elsewhere, False)]
    with pytest.raises(NotPermitted, match="same text"):
        desk.resolve(ana, item, "uphold", with_copies=[same, others[0]])
    done = desk.resolve(ana, item, "uphold", ["derogation"], with_copies=[same, elsewhere, bens])
    assert ([copy.id for copy in done.copies], done.skipped) == ([same, elsewhere], 1)
    assert [desk.state(one).status for one in (item, same, elsewhere)] == ["upheld"] * 3
    assert [desk.state(one).status for one in (*others, bens)] == ["pending"] * 4
    assert len(desk.changes) == 3
    assert desk.events(same) == [("upheld", ana.id)]

    desk.undo(ana, item)
    assert [desk.item(one).state for one in (item, same, elsewhere)] == ["claimed", "open", "open"]
    assert [desk.state(one).status for one in (item, same, elsewhere)] == ["pending"] * 3
    assert len(desk.changes) == 6
    assert whole(desk)


def test_disguised_copies_are_copies(desk: Desk, ana: Account) -> None:
    item = desk.flag("You hateword")
    # With a Cyrillic letter, and a space that nobody sees.
    disguised = desk.flag("you hat\u0435wo\u200brd", content_id="d")
    desk.take(ana, item)
    done = desk.resolve(ana, item, "uphold", with_copies=[disguised])
    assert [copy.id for copy in done.copies] == [disguised]


def test_disguised_copies_are_looked_for_nearby(
    desk: Desk, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_NEIGHBOURS", 1)
    far = [desk.flag(text, content_id=text) for text in ("You hateword", "YOU hateword")]
    desk.wait(minutes=1)
    desk.flag("Something else", content_id="between")
    desk.wait(minutes=1)
    item = desk.flag("You hateword")
    desk.wait(minutes=1)
    after = desk.flag("you HATEWORD", content_id="after")
    desk.take(ana, item)
    with desk.database.reading() as session:
        found = [copy.item for copy in copies.find(session, ana, item, now=desk.now)]
        named = copies.find(session, ana, item, among=[far[1]], now=desk.now)
    # The very same text is found anywhere.
    assert found == [far[0], after]
    assert [copy.item for copy in named] == [far[1]]


def test_undoing_within_a_minute(desk: Desk, ana: Account) -> None:
    ben = desk.person("ben")
    item = desk.flag()
    desk.settle(ana, item, "overturn")
    desk.wait(seconds=59)
    with pytest.raises(LeaseLost):
        desk.undo(ben, item)
    again = desk.undo(ana, item)
    assert (again.state, again.lease_owner) == ("claimed", ana.id)
    assert (again.resolution, again.resolved_by, again.resolved_at) == (None, None, None)
    assert (desk.state(item).action, desk.state(item).status) == ("review", "pending")
    assert desk.changes[-1].after.status == "pending"
    with pytest.raises(LeaseLost):
        desk.undo(ana, item)
    desk.resolve(ana, item, "uphold")
    desk.wait(seconds=61)
    with pytest.raises(TooLate, match="60 s"):
        desk.undo(ana, item)
    assert [kind for kind, _ in desk.events(item)] == ["claimed", "overturned", "undone", "upheld"]
    assert whole(desk)
