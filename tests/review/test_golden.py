"""Texts with known answers come up like any others, once for each person, and count nowhere."""

from dataclasses import replace

import pytest

from modsvc.errors import InputError
from modsvc.review import golden, items, queue
from modsvc.review.queue import Filters
from modsvc.store.tables import Account, GoldenItem
from tests.review.desk import NOW, PLAIN, Desk

DRAWN = 0.1


@pytest.fixture
def ana(desk: Desk) -> Account:
    desk.practice = replace(PLAIN, golden_share=0.5)
    return desk.person("ana", "reviewer", "en")


def add(desk: Desk, text: str = "You hateword", flagged: bool = True, **more: object) -> GoldenItem:
    fields = {"language": "en", "categories": ["threats"] if flagged else [], **more}
    with desk.database.transaction() as session:
        return golden.add(session, text, flagged=flagged, actor="lead", **fields)  # type: ignore[arg-type]


def test_golden_items_are_mixed_in_and_look_like_others(desk: Desk, ana: Account) -> None:
    known = add(desk)
    real = desk.flag()
    drawn = desk.claim(ana, chance=DRAWN)
    assert desk.item(drawn).golden == known.id
    with desk.database.reading() as session:
        view = items.look(session, ana, drawn)
        assert (view.text, view.shown) == ("You hateword", "review")
        assert queue.counts(session, ana, now=NOW).total == 1
    done = desk.resolve(ana, drawn, "uphold", ["threats"])
    assert (done.item.state, desk.changes) == ("resolved", [])
    assert desk.events(drawn) == [("claimed", ana.id), ("upheld", ana.id)]
    # Each text once a person: the dice say golden again, and there is none.
    assert desk.claim(ana, chance=DRAWN) == real


def test_without_work_there_are_no_golden_items_either(desk: Desk, ana: Account) -> None:
    add(desk)
    assert desk.claim(ana, chance=DRAWN) is None


def test_the_share_is_kept(desk: Desk, ana: Account) -> None:
    add(desk)
    real = desk.flag()
    assert desk.claim(ana, chance=0.5) == real


def test_only_golden_items_that_suit(desk: Desk, ana: Account) -> None:
    ana.hidden_categories = ["image_abuse"]
    add(desk, language="es")
    add(desk, categories=["image_abuse"])
    real = [desk.flag() for _ in range(5)]
    assert desk.claim(ana, chance=DRAWN) == real[0]
    suits = add(desk, language="en-GB", flagged=False)
    for filters in (
        Filters(category="derogation"),
        Filters(community="school"),
        Filters(language="es"),
        Filters(kind="appeal"),
    ):
        drawn = desk.claim(ana, filters, chance=DRAWN)
        assert drawn is None or desk.item(drawn).golden is None
    assert desk.item(desk.claim(ana, chance=DRAWN)).golden == suits.id


def test_a_text_may_be_chosen_before(desk: Desk, ana: Account) -> None:
    add(desk, flagged=False)
    chosen = add(desk, language="en-GB")
    add(desk, language="es")
    real = desk.flag()
    with desk.database.reading() as session:
        assert chosen.id in [one.id for one in golden.unseen(session, ana, Filters())]
        assert len(list(golden.unseen(session, ana, Filters()))) == 2
    assert desk.item(desk.claim(ana, chance=DRAWN, known=chosen.id)).golden == chosen.id
    # Once answered or held, it is not there any more; another one is not taken for it.
    assert desk.claim(ana, chance=DRAWN, known=chosen.id) == real


def test_it_borrows_the_place_of_a_text_that_came_before(desk: Desk, ana: Account) -> None:
    add(desk)
    desk.flag(community="old")
    place = desk.flag(community="school", author_id="user-7")
    desk.flag(language="es", community="other")
    desk.wait(minutes=1)
    drawn = desk.claim(ana, chance=DRAWN)
    desk.wait(minutes=1)
    desk.flag(community="later")
    with desk.database.reading() as session:
        found = golden.setting(session, desk.item(drawn))
    assert found is not None
    assert found.id == desk.content(place).id


def test_one_that_was_left_is_drawn_again(desk: Desk, ana: Account) -> None:
    add(desk)
    desk.flag()
    drawn = desk.claim(ana, chance=DRAWN)
    desk.wait(minutes=11)
    ben = desk.person("ben")
    assert desk.claim(ben, chance=DRAWN) == drawn
    assert len(desk.items("golden")) == 1


def test_thinking_better_of_it_is_possible_here_too(desk: Desk, ana: Account) -> None:
    add(desk)
    desk.flag()
    drawn = desk.claim(ana, chance=DRAWN)
    desk.resolve(ana, drawn, "overturn")
    assert desk.undo(ana, drawn).state == "claimed"
    desk.resolve(ana, drawn, "uphold")
    assert results(desk) == [("ana", 1, 1, 0)]


def results(desk: Desk) -> list[tuple[str, int, int, int]]:
    with desk.database.reading() as session:
        return [
            (one.name, one.answered, one.right, one.escalated)
            for one in golden.results(session, NOW)
        ]


def test_how_people_did(desk: Desk, ana: Account) -> None:
    ben = desk.person("ben")
    desk.flag()
    desk.flag()
    texts = [add(desk, flagged=flagged).id for flagged in (True, False, True)]
    for person, answers in ((ben, ("uphold", "uphold", "escalate")), (ana, ("uphold",))):
        for known, answer in zip(texts, answers, strict=False):
            desk.resolve(person, desk.claim(person, known=known), answer)
    assert results(desk) == [("ana", 1, 1, 0), ("ben", 2, 1, 1)]
    with desk.database.reading() as session:
        assert [one.accuracy for one in golden.results(session, NOW)] == [1.0, 0.5]
        assert golden.results(session, NOW, NOW) == []
        known = [(one.item.flagged, one.answered, one.right) for one in golden.known(session)]
    # The latest first; ben took all, and escalated the last one.
    assert known == [(True, 0, 0), (False, 1, 0), (True, 2, 2)]
    desk.wait(hours=1)
    with desk.database.reading() as session:
        assert golden.results(session, desk.now) == []


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (" ", {}),
        ("Hello", {"language": ""}),
        ("Hello", {"language": "English, of course"}),
        ("Hello" * 1001, {}),
        ("Hello", {"categories": ["spam"]}),
        ("Hello", {"flagged": False, "categories": ["threats"]}),
    ],
)
def test_what_cannot_be_golden(desk: Desk, text: str, more: dict[str, object]) -> None:
    with pytest.raises(InputError):
        add(desk, text, **more)  # type: ignore[arg-type]
