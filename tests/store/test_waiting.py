"""Texts stand in line, are taken from its front, and are nobody else's for a while."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.orm import Session

from modsvc.store import backup, contents, erasure, waiting
from modsvc.store.columns import utcnow
from modsvc.store.contents import Draft
from modsvc.store.database import Database
from modsvc.store.tables import Waiting
from modsvc.store.waiting import LEASE, Claimed
from tests.databases import SECRET

MOMENT = timedelta(seconds=1)


def put_in_line(session: Session, *names: str) -> dict[str, str]:
    """The store's ids of new texts that wait."""
    made = [
        contents.put(session, Draft(content_id=name, text=f"hello {name}"), actor="test").content
        for name in names
    ]
    waiting.add(session, [content.id for content in made])
    return {content.content_id: content.id for content in made}


def named(claimed: list[Claimed]) -> list[str]:
    return [one.content.content_id for one in claimed]


def test_the_first_to_come_is_the_first_to_be_taken_and_by_one_alone(database: Database) -> None:
    now = utcnow()
    with database.transaction() as session:
        ids = put_in_line(session, "a", "b", "c", "d", "e")
        assert named(waiting.claim(session, now, 2)) == ["a", "b"]
        assert named(waiting.claim(session, now, 2)) == ["c", "d"]
        waiting.remove(session, [ids["a"], ids["c"]])
        texts, since = waiting.line(session)
        assert (texts, since is not None) == (3, True)
    with database.transaction() as session:
        assert named(waiting.claim(session, now + MOMENT, 9)) == ["e"]
        # Whoever took the others has died.
        left = waiting.claim(session, now + LEASE + MOMENT, 9)
        assert [(one.content.content_id, one.before) for one in left] == [("b", 1), ("d", 1)]


def test_a_claim_of_a_clock_that_was_ahead_holds_nobody_up(database: Database) -> None:
    now = utcnow()
    with database.transaction() as session:
        put_in_line(session, "a")
        assert named(waiting.claim(session, now + timedelta(days=9), 9)) == ["a"]
        assert named(waiting.claim(session, now, 9)) == ["a"]


def test_those_that_wait_no_more_are_not_among_them(database: Database) -> None:
    with database.transaction() as session:
        ids = put_in_line(session, "a", "b")
        waiting.remove(session, [])
        waiting.remove(session, [ids["a"]])
        assert [row.content_id for row in waiting.among(session, ids.values())] == ["b"]
        waiting.remove(session, [ids["b"]])
        assert waiting.line(session) == (0, None)
        assert waiting.claim(session, utcnow(), 9) == []


def test_what_is_erased_waits_no_more(database: Database) -> None:
    with database.transaction() as session:
        put_in_line(session, "a", "b")
        assert erasure.erase(session, "", "a", actor="test") == 1
        assert named(waiting.claim(session, utcnow(), 9)) == ["b"]


def test_what_waits_is_in_a_backup(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        put_in_line(session, "a")
        waiting.claim(session, utcnow(), 1)
    backup.backup(database, tmp_path / "backup")
    with database.transaction() as session:
        session.execute(update(Waiting).values(attempts=9))
    assert backup.restore(database, tmp_path / "backup", force=True) == []
    reopened = Database.open(tmp_path, database.engine.url.render_as_string(False), SECRET)
    with reopened.transaction() as session:
        [one] = waiting.claim(session, utcnow() + LEASE + MOMENT, 9)
        assert (one.content.text, one.before) == ("hello a", 1)
    reopened.close()
