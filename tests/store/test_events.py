"""What happens is recorded once, in one chain, whoever writes."""

import hashlib
import json
import threading
from datetime import UTC

import pytest
from sqlalchemy import select

from modsvc.store import events
from modsvc.store.database import Database
from modsvc.store.tables import ChainHead, Event
from modsvc.store.verify import verify


def chain(database: Database) -> list[Event]:
    with database.reading() as session:
        assert list(verify(session)) == []
        return list(session.scalars(select(Event).order_by(Event.seq)))


def digest(written: dict[str, object]) -> str:
    canonical = json.dumps(written, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def test_anyone_can_check_a_hash_without_the_key(database: Database) -> None:
    with database.transaction() as session:
        events.append(session, "noted", actor="ключ", data={"to": ["review"], "p": 0.1, "n": None})
        events.append(session, "noted", actor="key")
    first, second = chain(database)
    assert (first.seq, second.seq, second.prev_hash) == (1, 2, first.hash)
    said = {
        "id": first.id,
        "at": first.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "kind": "noted",
        "content": None,
        "item": None,
        "actor": "ключ",
        "data": {"to": ["review"], "p": 0.1, "n": None},
    }
    link = {"seq": 1, "fields": digest(said), "prev_hash": "0" * 64}
    assert first.hash == digest(link)


def test_data_is_read_back_as_it_was_hashed(database: Database) -> None:
    odd = {"v": {10: (1, 2), 9: []}, "x": "\x00 and \ud800", "y": 1e-17, "z": -0.0, "w": 2**70}
    with database.transaction() as session:
        made = events.append(session, "noted", actor="key", data=odd)
        expected = made.data
    [event] = chain(database)
    assert event.data == expected
    assert event.data["v"] == {"10": [1, 2], "9": []}


@pytest.mark.parametrize("data", [{"p": float("nan")}, {"p": object()}])
def test_what_is_not_json_is_not_recorded(database: Database, data: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)), database.transaction() as session:
        events.append(session, "noted", actor="key", data=data)
    assert chain(database) == []


def test_an_event_is_kept_only_with_what_it_tells_of(database: Database) -> None:
    with database.transaction() as session:
        events.append(session, "noted", actor="key")
        session.flush()
        session.rollback()
    with database.transaction() as session:
        events.append(session, "noted", actor="key")
        nested = session.begin_nested()
        events.append(session, "dropped", actor="key")
        session.flush()
        nested.rollback()
        events.append(session, "noted", actor="key")
    assert [event.kind for event in chain(database)] == ["noted", "noted"]


def test_two_threads_keep_one_chain(database: Database) -> None:
    together = threading.Barrier(2)

    def write(actor: str) -> None:
        together.wait()
        for number in range(25):
            with database.transaction() as session:
                events.append(session, "noted", actor=actor, data={"number": number})

    threads = [threading.Thread(target=write, args=(actor,)) for actor in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = chain(database)
    assert [event.seq for event in made] == list(range(1, 51))
    for actor in ("one", "other"):
        assert [e.data["number"] for e in made if e.actor == actor] == list(range(25))


def test_a_session_of_another_making_is_refused(database: Database) -> None:
    with database.reading() as session:
        session.info.clear()
        session.expunge_all()
        with pytest.raises(TypeError, match="Database"):
            events.append(session, "noted", actor="key")


def test_the_chain_is_begun_once(database: Database) -> None:
    with database.transaction() as session:
        events.append(session, "noted", actor="key")
    with database.transaction() as session:
        events.seed(session)
    with database.transaction() as session:
        session.delete(session.get_one(ChainHead, events.HEAD_ID))
    with database.transaction() as session:
        # Its head was taken away: that must not make it new.
        events.seed(session)
        assert session.get(ChainHead, events.HEAD_ID) is None
