"""Someone with the database's password tampers with events; verifying finds out, and where."""

import pytest
from sqlalchemy import text

from modsvc.errors import ChainBroken
from modsvc.store import events
from modsvc.store.database import Database
from modsvc.store.verify import head
from tests.store.tampering import Tamper, faults, places, sql


@pytest.fixture
def record(database: Database) -> Database:
    """Ten events of nobody's content."""
    note(database, 10)
    assert faults(database) == []
    return database


def note(database: Database, count: int) -> None:
    with database.transaction() as session:
        for number in range(count):
            events.append(session, "noted", actor="someone", data={"number": number})


EDIT = "UPDATE event SET actor = 'someone else' WHERE seq = 4"


def moved(frm: int, to: int) -> str:
    return f"UPDATE event SET seq = {to} WHERE seq = {frm}"


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        pytest.param(sql(EDIT), [(4, "edited")], id="edit"),
        pytest.param(
            sql("""UPDATE event SET data = '{"number":40}' WHERE seq = 4"""),
            [(4, "edited")],
            id="edit data",
        ),
        pytest.param(
            sql("UPDATE event SET at = '2001-02-03 04:05:06' WHERE seq = 1"),
            [(1, "edited")],
            id="backdate",
        ),
        pytest.param(
            sql("UPDATE event SET mac = hash WHERE seq = 10"), [(10, "edited")], id="break a seal"
        ),
        pytest.param(
            sql("DELETE FROM event WHERE seq = 4"), [(4, "deleted")], id="delete in the middle"
        ),
        pytest.param(
            sql("DELETE FROM event WHERE seq IN (1, 2, 7)"),
            [(1, "deleted"), (7, "deleted")],
            id="delete here and there",
        ),
        pytest.param(
            sql("DELETE FROM event WHERE seq = 4", *(moved(n, n - 1) for n in range(5, 11))),
            [(4, "deleted"), *((n, "reordered") for n in range(4, 10))],
            id="delete and close the gap",
        ),
        pytest.param(
            sql("DELETE FROM event WHERE seq > 7"), [(8, "truncated")], id="delete the tail"
        ),
        pytest.param(sql("DELETE FROM event"), [(1, "truncated")], id="delete everything"),
        pytest.param(
            sql(moved(3, 99), moved(6, 3), moved(99, 6)),
            [(3, "reordered"), (6, "reordered")],
            id="swap",
        ),
        pytest.param(sql(moved(3, -3)), [(-3, "reordered")], id="move out of sight"),
        pytest.param(
            sql(EDIT, moved(4, 40)),
            [(4, "deleted"), (11, "head"), (40, "edited")],
            id="edit and move beyond the head",
        ),
        pytest.param(
            sql("UPDATE chain_head SET seq = 9"), [(0, "head")], id="set the head back, unsealed"
        ),
        pytest.param(sql("DELETE FROM chain_head"), [(0, "head")], id="delete the head"),
        pytest.param(
            sql("DELETE FROM event WHERE seq > 7", "DELETE FROM chain_head"),
            [(0, "head")],
            id="delete the tail and the head",
        ),
    ],
)
def test_tampering_with_events_is_found_and_located(
    record: Database, tamper: Tamper, expected: list[tuple[int, str]]
) -> None:
    tamper(record)
    assert sorted(places(faults(record))) == sorted(expected)


def test_hashing_anew_from_the_edited_event_on_does_not_help(record: Database) -> None:
    with record.transaction() as session:
        rows = session.query(events.Event).order_by(events.Event.seq).all()
        previous = rows[2].hash
        rows[3].actor = "someone else"
        for row in rows[3:]:
            row.prev_hash = previous
            row.hash = previous = events.sha256(f"{events.unnumbered(row)}{row.seq}}}")
    assert places(faults(record)) == [(n, "edited") for n in range(4, 11)]


def test_a_seal_of_an_event_does_not_pass_for_one_of_the_head(record: Database) -> None:
    sql(
        "DELETE FROM event WHERE seq > 7",
        "UPDATE chain_head SET seq = 7, hash = (SELECT hash FROM event WHERE seq = 7), "
        "mac = (SELECT mac FROM event WHERE seq = 7)",
    )(record)
    assert places(faults(record)) == [(0, "head")]


def test_nothing_is_appended_after_a_head_that_was_tampered_with(record: Database) -> None:
    sql("DELETE FROM event WHERE seq = 10", "UPDATE chain_head SET seq = 9")(record)
    with pytest.raises(ChainBroken, match="verify-log"):
        note(record, 1)


def test_an_earlier_state_put_back_whole_is_found_by_a_head_kept_elsewhere(
    record: Database,
) -> None:
    with record.reading() as session:
        early = head(session)
        sealed = session.execute(text("SELECT seq, hash, mac FROM chain_head")).one()
    note(record, 1)
    with record.reading() as session:
        kept = head(session)
    assert faults(record, kept) == faults(record, early) == []
    seq, digest, mac = sealed
    put_back = f"UPDATE chain_head SET seq = {seq}, hash = '{digest}', mac = '{mac}'"
    sql("DELETE FROM event WHERE seq = 11", put_back)(record)
    assert places(faults(record)) == []
    assert places(faults(record, kept)) == [(11, "truncated")]
    note(record, 1)
    assert places(faults(record, kept)) == [(11, "edited")]


def test_events_of_two_pasts_do_not_fit_together(record: Database) -> None:
    columns = "seq, id, at, kind, actor, data, prev_hash, hash, mac"
    sql("CREATE TABLE kept_head AS SELECT * FROM chain_head")(record)
    note(record, 2)
    # The second of these two is kept, all is put back, two others are written in their place.
    sql(
        "CREATE TABLE kept AS SELECT * FROM event WHERE seq = 12",
        "DELETE FROM event WHERE seq > 10",
        "DELETE FROM chain_head",
        "INSERT INTO chain_head SELECT * FROM kept_head",
    )(record)
    note(record, 3)
    sql(
        "DELETE FROM event WHERE seq = 12",
        f"INSERT INTO event ({columns}) SELECT {columns} FROM kept",
    )(record)
    assert places(faults(record)) == [(12, "unlinked"), (13, "unlinked")]
