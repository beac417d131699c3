"""An operator names a database; it opens, or says what to correct."""

import stat
import threading
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InternalError, StatementError

from modsvc.errors import StoreUnavailable
from modsvc.store.columns import new_id
from modsvc.store.database import SQLITE_FILE, Database
from modsvc.store.keys import SECRET_FILE, read_secret
from modsvc.store.schema import prepare
from modsvc.store.tables import Account, Content
from tests.databases import SECRET


def test_a_fresh_start_needs_no_settings(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "modsvc"
    database = Database.open(folder)
    prepare(database)
    database.close()
    secret = folder / SECRET_FILE
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(secret.read_text().strip()) == 64
    assert sorted(path.name for path in folder.iterdir()) == [SQLITE_FILE, SECRET_FILE]
    again = Database.open(folder)
    prepare(again)
    again.close()


def test_services_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    found: list[str] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        found.append(read_secret(tmp_path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_sqlite_is_told_to_be_durable(tmp_path: Path) -> None:
    database = Database.open(tmp_path, None, SECRET)
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    with database.reading() as session:
        assert {
            name: session.execute(text(f"PRAGMA {name}")).scalar() for name in expected
        } == expected
    database.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "MODSVC_DATABASE_URL"),
        ("mysql://root@localhost/modsvc", "postgresql://"),
        ("postgresql://modsvc:hush@127.0.0.1:1/modsvc?connect_timeout=2", "MODSVC_DATABASE_URL"),
        ("sqlite:////nowhere/at/all.sqlite3", "MODSVC_DATABASE_URL"),
    ],
)
def test_a_database_that_cannot_be_opened(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(StoreUnavailable, match=says) as caught:
        Database.open(tmp_path, url, SECRET)
    assert "hush" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / SQLITE_FILE).write_text("Something else" * 100)
    with pytest.raises(StoreUnavailable, match="MODSVC_DATA_DIR"):
        Database.open(tmp_path, None, SECRET)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="MODSVC_DATA_DIR"):
        Database.open(tmp_path / "file")


def test_an_empty_secret_is_not_used(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).write_text("\n")
    with pytest.raises(StoreUnavailable, match="MODSVC_SECRET_KEY"):
        Database.open(tmp_path)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_a_postgres_address(
    tmp_path: Path, postgres_template: str, postgres: object, scheme: str
) -> None:
    url = make_url(str(postgres)).set(drivername=scheme, database=postgres_template)
    database = Database.open(tmp_path, url.render_as_string(hide_password=False), SECRET)
    prepare(database)
    assert "password" not in database.name
    database.close()


def test_what_a_reader_changes_is_not_kept(database: Database) -> None:
    with database.reading() as session:
        session.add(Account(name="Ana", password_hash="", role="lead"))
        # PostgreSQL refuses at once, SQLite drops it at the end.
        with nullcontext() if database.is_sqlite else pytest.raises(InternalError):
            session.flush()
    with database.reading() as session:
        assert session.query(Account).count() == 0


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.reading() as reader:
        assert reader.query(Account).count() == 0
        with database.transaction() as session:
            session.add(Account(name="Ana", password_hash="", role="lead"))
        assert reader.query(Account).count() == 0
    with database.reading() as reader:
        assert reader.query(Account).count() == 1


def test_what_was_written_is_read_after_the_transaction(database: Database) -> None:
    with database.transaction() as session:
        account = Account(name="Ana", password_hash="", role="lead", languages=["ru", "es"])
        session.add(account)
    assert (account.languages, account.created_at.tzinfo) == (["ru", "es"], UTC)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 3, 1)
    with database.transaction() as session:
        session.add(Content(content_id="c", text="Hello", text_sha256="", created_at=naive))
        with pytest.raises(StatementError, match="time zone"):
            session.flush()
        session.rollback()


def test_a_failing_statement_does_not_show_what_it_was_given(database: Database) -> None:
    with database.reading() as session:
        with pytest.raises(DBAPIError, match="hidden") as caught:
            session.execute(text("SELECT :words FROM nowhere"), {"words": "hateword"})
        assert "hateword" not in str(caught.value)
        session.rollback()


def test_ids_made_later_sort_later() -> None:
    made = [new_id() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert made == sorted(made, key=lambda made_id: made_id[:13])
    assert all(one[14] == "7" and one[19] in "89ab" for one in made)
