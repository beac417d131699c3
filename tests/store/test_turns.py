"""Whoever writes to a database comes to their turn, however busy others are."""

import statistics
import threading
import time
from pathlib import Path

import pytest

from modsvc.errors import StoreUnavailable
from modsvc.store import events
from modsvc.store.database import Database
from modsvc.store.schema import prepare
from modsvc.store.tables import Event
from modsvc.store.turns import Turns


def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    turns, order = Turns(), list[int]()

    def go(number: int) -> None:
        assert turns.take(60)
        order.append(number)
        turns.give()

    assert turns.take(0)
    waiting = [threading.Thread(target=go, args=(number,)) for number in range(5)]
    give_up = time.monotonic() + 60
    for before, thread in enumerate(waiting):
        thread.start()
        # So that they ask in this order.
        while len(turns._waiting) == before:
            assert time.monotonic() < give_up
            time.sleep(0.001)
    turns.give()
    for thread in waiting:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert turns.take(0)


def test_who_gives_up_does_not_keep_the_next_one_waiting() -> None:
    turns = Turns()
    assert turns.take(0)
    assert not turns.take(0.01)
    turns.give()
    assert turns.take(0)


def test_whoever_writes_without_a_pause_does_not_keep_others_from_it(database: Database) -> None:
    ended, between = threading.Event(), list[int]()

    def write() -> None:
        while not ended.is_set():
            with database.transaction() as session:
                events.append(session, "often", actor="someone")

    busy = threading.Thread(target=write)
    busy.start()
    try:
        for _ in range(10):
            with database.reading() as session:
                before = session.query(Event).count()
            with database.transaction() as session:
                mine = events.append(session, "rarely", actor="someone").seq
            between.append(mine - before)
    finally:
        ended.set()
        busy.join()
    # A few of the other's came between asking and writing; more, where this one was held up before.
    assert statistics.median(between) < 20


def test_a_turn_that_never_comes_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modsvc.store.database._LOCK_MS", 10)
    database = Database.open(tmp_path)
    prepare(database)
    late = database.transaction()
    with database.transaction(), pytest.raises(StoreUnavailable, match="busy"):
        late.__enter__()
    database.close()
