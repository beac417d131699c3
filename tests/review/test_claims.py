"""Many people take items at once, give them back, let leases lapse, and have enough."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from modsvc.errors import CapReached, LeaseLost, NotFound, NotPermitted
from modsvc.review import accounts, claims
from modsvc.store.tables import Item
from tests.review.desk import Desk

THREADS, ITEMS = 20, 200


def test_no_two_of_twenty_people_get_the_same_of_two_hundred_items(desk: Desk) -> None:
    wanted = [desk.flag() for _ in range(ITEMS)]
    people = [desk.person(f"person {number}") for number in range(THREADS)]
    together = threading.Barrier(THREADS)

    def work(number: int) -> list[str]:
        together.wait()
        mine: list[str] = []
        while item := desk.claim(people[number]):
            mine.append(item)
        return mine

    with ThreadPoolExecutor(THREADS) as pool:
        taken = [item for items in pool.map(work, range(THREADS)) for item in items]
    assert Counter(taken) == Counter(wanted)
    assert all(desk.events(item) == [("claimed", desk.item(item).lease_owner)] for item in wanted)


def test_one_item_that_twenty_people_want_is_one_persons(desk: Desk) -> None:
    item = desk.flag()
    people = [desk.person(f"person {number}") for number in range(THREADS)]
    together = threading.Barrier(THREADS)

    def work(number: int) -> bool:
        together.wait()
        try:
            desk.take(people[number], item)
        except LeaseLost:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(work, range(THREADS))) == 1


def test_a_lease_ends_but_stays_its_holders_until_somebody_takes_the_item(desk: Desk) -> None:
    ana, ben = desk.person("ana"), desk.person("ben")
    item = desk.flag()
    assert desk.claim(ana) == item
    desk.wait(minutes=9)
    assert desk.claim(ben) is None
    desk.wait(minutes=2)
    with desk.database.transaction() as session:
        claims.renew(session, ana, item, desk.practice, now=desk.now)
    assert desk.claim(ben) is None
    desk.wait(minutes=11)
    assert desk.claim(ben) == item
    for step in (
        lambda: desk.resolve(ana, item, "uphold"),
        lambda: desk.take(ana, item),
        lambda: release(desk, ana, item),
    ):
        with pytest.raises(LeaseLost):
            step()
    assert desk.item(item).lease_owner == ben.id


def release(desk: Desk, account: accounts.Account, item: str) -> Item:
    with desk.database.transaction() as session:
        return claims.release(session, account, item)


def test_what_is_given_back_goes_to_the_next_one(desk: Desk) -> None:
    ana, ben = desk.person("ana"), desk.person("ben")
    item = desk.flag()
    desk.claim(ana)
    assert release(desk, ana, item).state == "open"
    assert desk.claim(ben) == item
    assert [kind for kind, _ in desk.events(item)] == ["claimed", "released", "claimed"]
    with desk.database.reading() as session:
        assert [held.id for held in claims.held(session, ben)] == [item]
        assert claims.held(session, ana) == []


def test_a_disabled_persons_items_go_back_at_once(desk: Desk) -> None:
    ana, ben = desk.person("ana"), desk.person("ben")
    item = desk.flag()
    desk.claim(ana)
    with desk.database.transaction() as session:
        accounts.set_disabled(session, ana.id, True, actor="operator")
    assert desk.claim(ben) == item


def test_taking_what_one_holds_renews_it_and_is_not_counted_again(desk: Desk) -> None:
    ana = desk.person("ana", daily_cap=1)
    item = desk.flag()
    desk.take(ana, item)
    desk.wait(minutes=5)
    assert desk.take(ana, item).lease_until == desk.now + desk.practice.lease


def test_the_daily_cap_ends_the_day(desk: Desk) -> None:
    ana = desk.person("ana", daily_cap=2)
    items = [desk.flag() for _ in range(4)]
    assert [desk.claim(ana), desk.claim(ana)] == items[:2]
    with pytest.raises(CapReached, match="2 items today"):
        desk.claim(ana)
    with pytest.raises(CapReached):
        desk.take(ana, items[2])
    with desk.database.transaction() as session:
        accounts.set_daily_cap(session, ana.id, 3, actor="lead")
    assert desk.claim(ana) == items[2]
    desk.wait(days=1)
    assert desk.claim(ana) == items[0]


def test_who_may_not_claim(desk: Desk) -> None:
    item = desk.flag()
    auditor = desk.person("aud", "auditor")
    for step in (lambda: desk.claim(auditor), lambda: desk.take(auditor, item)):
        with pytest.raises(NotPermitted, match="auditor"):
            step()
    with pytest.raises(NotFound):
        desk.take(desk.person("ana"), "nothing")
