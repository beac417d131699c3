"""Many callers write at once; each is told only once its write is on the disk."""

import asyncio
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modsvc.errors import Overloaded, StoreUnavailable
from modsvc.store import contents
from modsvc.store.contents import Draft
from modsvc.store.database import Database
from modsvc.store.tables import Content
from modsvc.store.verify import verify
from modsvc.store.writer import Writer
from tests.databases import SECRET

Work = Callable[[Session], str]


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    made = Writer(database)
    made.start()
    yield made
    made.stop()


def ingest(content_id: str) -> Work:
    def work(session: Session) -> str:
        draft = Draft(content_id=content_id, text="Hello")
        return contents.put(session, draft, actor="key").content.id

    return work


class Held:
    """A write that keeps the writer busy until it is let go."""

    def __init__(self, writer: Writer) -> None:
        self._go, self._begun = threading.Event(), threading.Event()
        self.future = writer.submit(self._work)
        self._begun.wait(60)

    def _work(self, session: Session) -> None:
        self._begun.set()
        self._go.wait(60)

    def let_go(self) -> None:
        self._go.set()
        self.future.result(60)


def stored(database: Database) -> list[str]:
    with database.reading() as session:
        assert list(verify(session)) == []
        return list(session.scalars(select(Content.content_id).order_by(Content.content_id)))


def test_a_write_that_is_answered_is_committed(database: Database, writer: Writer) -> None:
    name = writer.submit(ingest("c1")).result(60)
    with database.reading() as session:
        assert session.get_one(Content, name).text == "Hello"


async def test_writes_that_wait_together_share_a_transaction(
    database: Database, writer: Writer
) -> None:
    held = Held(writer)
    waiting = [asyncio.ensure_future(writer.run(ingest(f"c{n}"))) for n in range(20)]
    shared = asyncio.ensure_future(writer.run(lambda session: _transaction(session)))
    other = asyncio.ensure_future(writer.run(lambda session: _transaction(session)))
    await asyncio.sleep(0)
    assert writer.waiting == 22
    await asyncio.to_thread(held.let_go)
    await asyncio.gather(*waiting)
    assert await shared == await other
    assert len(stored(database)) == 20


def _transaction(session: Session) -> int:
    return id(session)


def test_one_failure_fails_alone(database: Database, writer: Writer) -> None:
    def fail(session: Session) -> None:
        contents.put(session, Draft(content_id="lost", text="Hello"), actor="key")
        session.flush()
        raise KeyError("a mistake")

    def twice(session: Session) -> None:
        for _ in range(2):
            session.add(Content(content_id="double", text="Hello", text_sha256=""))
        session.flush()

    held = Held(writer)
    before = writer.submit(ingest("before"))
    failing, doubling = writer.submit(fail), writer.submit(twice)
    after = writer.submit(ingest("after"))
    held.let_go()
    with pytest.raises(KeyError, match="a mistake"):
        failing.result(60)
    with pytest.raises(IntegrityError):
        doubling.result(60)
    assert before.result(60) != after.result(60)
    assert stored(database) == ["after", "before"]


def test_a_write_sees_what_the_one_before_it_wrote(database: Database, writer: Writer) -> None:
    held = Held(writer)
    futures = [writer.submit(ingest("c1")) for _ in range(3)]
    held.let_go()
    assert len({future.result(60) for future in futures}) == 1
    assert stored(database) == ["c1"]


def ingest_all(session: Session, content_ids: list[str]) -> list[int | Exception]:
    """Ingests; answers with how many were done together, or refuses."""
    if "poison" in content_ids:
        session.add(Content(content_id="lost", text="Hello", text_sha256=""))
        raise KeyError("a mistake")
    drafts = [(Draft(content_id=one, text="Hello"), "key") for one in content_ids if one != "no"]
    contents.put_all(session, drafts)
    return [LookupError("no") if one == "no" else len(content_ids) for one in content_ids]


def test_parts_that_wait_are_done_together(database: Database, writer: Writer) -> None:
    held = Held(writer)
    names = ["a", "b", "no", "b"]
    parts = [writer.submit_part(ingest_all, name) for name in names]
    alone = writer.submit(ingest("c"))
    held.let_go()
    alone.result(60)
    assert [parts[n].result(60) for n in (0, 1, 3)] == [4, 4, 4]
    with pytest.raises(LookupError, match="no"):
        parts[2].result(60)
    assert stored(database) == ["a", "b", "c"]


def test_a_part_that_fails_does_not_take_the_others_along(
    database: Database, writer: Writer
) -> None:
    held = Held(writer)
    parts = {name: writer.submit_part(ingest_all, name) for name in ("a", "poison", "no", "b")}
    held.let_go()
    assert [parts[name].result(60) for name in "ab"] == [1, 1]
    for name, error in (("poison", KeyError), ("no", LookupError)):
        with pytest.raises(error):
            parts[name].result(60)
    assert stored(database) == ["a", "b"]


def test_too_many_waiting_are_refused(database: Database) -> None:
    writer = Writer(database, max_waiting=2)
    writer.start()
    held = Held(writer)
    kept = [writer.submit(ingest(f"c{n}")) for n in range(2)]
    with pytest.raises(Overloaded) as caught:
        writer.submit(ingest("one too many"))
    assert caught.value.retry_after_s > 0
    held.let_go()
    for future in kept:
        future.result(60)
    writer.stop()
    assert stored(database) == ["c0", "c1"]


def test_stopping_writes_what_waits_and_refuses_the_rest(database: Database) -> None:
    writer = Writer(database, max_batch=3)
    writer.start()
    held = Held(writer)
    futures = [writer.submit(ingest(f"c{n}")) for n in range(8)]
    threading.Timer(0.1, held.let_go).start()
    writer.stop()
    assert all(future.done() for future in futures)
    assert len(stored(database)) == 8
    with pytest.raises(StoreUnavailable, match="shutting down"):
        writer.submit(ingest("late"))
    writer.start()
    writer.submit(ingest("later")).result(60)
    writer.stop()
    writer.stop()


def test_a_caller_who_left_before_its_turn_is_not_written(
    database: Database, writer: Writer
) -> None:
    held = Held(writer)
    gone, stays = writer.submit(ingest("gone")), writer.submit(ingest("stays"))
    assert gone.cancel()
    held.let_go()
    stays.result(60)
    with pytest.raises(CancelledError):
        gone.result(60)
    assert stored(database) == ["stays"]


def test_a_transaction_that_the_database_drops_is_acknowledged_to_nobody(
    database: Database, writer: Writer
) -> None:
    def drop(session: Session) -> None:
        if database.is_sqlite:
            # What SQLite does by itself when the disk is full.
            session.connection().exec_driver_sql("ROLLBACK")
            session.execute(text("SELECT * FROM nowhere"))
        else:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    held = Held(writer)
    futures = [writer.submit(ingest("a")), writer.submit(drop), writer.submit(ingest("b"))]
    held.let_go()
    for future in futures:
        with pytest.raises(StoreUnavailable, match="try again"):
            future.result(60)
    assert stored(database) == []
    writer.submit(ingest("c")).result(60)
    assert stored(database) == ["c"]


def test_a_database_that_is_gone_for_a_while(database: Database, writer: Writer) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE chain_head RENAME TO away")
    with pytest.raises(StoreUnavailable):
        writer.submit(ingest("a")).result(60)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO chain_head")
    writer.submit(ingest("b")).result(60)
    assert stored(database) == ["b"]


WRITING = """
import os
import sys
from concurrent.futures import wait
from pathlib import Path
from modsvc.store import contents
from modsvc.store.contents import Draft
from modsvc.store.database import Database
from modsvc.store.writer import Writer

url, folder, secret, name = sys.argv[1:]
writer = Writer(Database.open(Path(folder), url, secret))
writer.start()

def ingest(content_id):
    def work(session):
        contents.put(session, Draft(content_id=content_id, text="Hello"), actor="key")
        return content_id
    return work

def say(future):
    # One write: a line is out whole or not at all.
    os.write(1, f"{future.result()}\\n".encode())

number = 0
while True:
    some = [writer.submit(ingest(f"{name}-{number + n}")) for n in range(32)]
    for future in some:
        future.add_done_callback(say)
    wait(some)
    number += 32
"""


@pytest.mark.slow
def test_killed_in_the_middle_nothing_acknowledged_is_lost(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    random.seed(4)
    acknowledged: set[str] = set()
    for kill in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITING, database_url, str(tmp_path), SECRET, f"run{kill}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout is not None
            # However fast the machine is, it is writing on when this many are acknowledged.
            enough = random.randint(1, 150)
            for count, line in enumerate(process.stdout):
                acknowledged.add(line.removesuffix("\n"))
                if count == enough:
                    process.kill()
        assert process.returncode == -signal.SIGKILL
    assert len(acknowledged) > 10
    assert acknowledged <= set(stored(database))
