"""An operator backs the database up, loses it, and has it back."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from modsvc.errors import BackupError
from modsvc.store import contents, decisions, erasure
from modsvc.store.backup import backup, restore
from modsvc.store.contents import Draft
from modsvc.store.database import Database
from modsvc.store.tables import Account, metadata
from tests.databases import SECRET
from tests.store.rows import decision


@pytest.fixture
def used(database: Database) -> Database:
    """Some contents, one erased, a decision, and an account."""
    with database.transaction() as session:
        for number in range(20):
            draft = Draft(content_id=f"c{number}", text=f"Hello {number} 👋🏽", author_id="a")
            content = contents.put(session, draft, actor="key").content
            decisions.record(session, decision(content.id))
        erasure.erase(session, "", "c3", actor="key")
        session.add(Account(name="Ana", password_hash="", role="lead", languages=["ru"]))
    return database


@pytest.fixture
def bare(bare_url: str, tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path, bare_url, SECRET)
    yield opened
    opened.close()


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table))]
            for table in metadata.sorted_tables
        }


def same_kind(one: Database, other: Database) -> bool:
    return one.is_sqlite == other.is_sqlite


def test_what_was_backed_up_is_restored_and_verifies(
    used: Database, bare: Database, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    backup(used, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("backup")] == [
        "backup"
    ]
    if not same_kind(used, bare):
        with pytest.raises(BackupError, match="not a backup of a"):
            restore(bare, file)
        return
    expected = rows(used)
    assert restore(bare, file) == []
    assert rows(bare) == expected
    with bare.transaction() as session:
        contents.put(session, Draft(content_id="next", text="Hello"), actor="key")


def test_a_database_in_use_is_only_replaced_by_force(used: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    backup(used, file)
    before = rows(used)
    with used.transaction() as session:
        contents.put(session, Draft(content_id="later", text="Hello"), actor="key")
    after = rows(used)
    with pytest.raises(BackupError, match="--force"):
        restore(used, file)
    assert rows(used) == after
    assert restore(used, file, force=True) == []
    assert rows(used) == before


def test_a_tampered_backup_is_restored_and_reported(used: Database, tmp_path: Path) -> None:
    with used.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET actor = 'other' WHERE seq = 4")
    file = tmp_path / "backup"
    backup(used, file)
    assert [(fault.seq, fault.what) for fault in restore(used, file, force=True)] == [(4, "edited")]


def test_a_backup_never_replaces_a_file(used: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_text("precious")
    with pytest.raises(BackupError, match="exists"):
        backup(used, file)
    assert file.read_text() == "precious"


def test_a_backup_into_nowhere(used: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="folder"):
        backup(used, tmp_path / "nowhere" / "backup")


@pytest.mark.parametrize("content", [b"", b"Something else", b"SQLite format 3\0", b"PGDMP"])
def test_what_is_no_backup_changes_nothing(
    database: Database, tmp_path: Path, content: bytes
) -> None:
    before = rows(database)
    file = tmp_path / "backup"
    file.write_bytes(content)
    with pytest.raises(BackupError):
        restore(database, file)
    with pytest.raises(BackupError):
        restore(database, tmp_path / "missing")
    assert rows(database) == before


def test_a_damaged_backup_changes_nothing(used: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    backup(used, file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    before = rows(used)
    with pytest.raises(BackupError):
        restore(used, file, force=True)
    assert rows(used) == before


def test_without_the_client_programs(
    used: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    if used.is_sqlite:
        backup(used, tmp_path / "backup")
        return
    with pytest.raises(BackupError, match="pg_dump is not installed"):
        backup(used, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
