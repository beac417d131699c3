"""A whole database into one file, and back.

In: an open database and a file. Out: a backup made while the service runs on (SQLite's online
backup, PostgreSQL's pg_dump), or a restored and verified database. The secret key is not in
the backup: without it the restored record cannot be verified or continued. The two kinds of
database do not read each other's backups.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import inspect, select

from modsvc.errors import BackupError
from modsvc.store import schema
from modsvc.store.chain import Fault
from modsvc.store.database import Database
from modsvc.store.tables import ChainHead, metadata
from modsvc.store.verify import verify

_SQLITE_MAGIC: Final = b"SQLite format 3\0"
_PG_MAGIC: Final = b"PGDMP"


def backup(database: Database, file: Path) -> None:
    """Write all of the database, as of now, into a new `file`, for its owner's eyes alone.

    Raises BackupError when the file exists or cannot be written, or pg_dump fails.
    """
    if file.exists():
        raise BackupError(f"{file} exists: name another file, or move this one away.")
    part = file.with_name(file.name + ".part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _write(database, part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(file)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(
            f"Cannot write {file} ({type(error).__name__}): check its folder and the room there."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def restore(database: Database, file: Path, *, force: bool = False) -> list[Fault]:
    """Replace the database by a backup, bring it to this schema, and verify all of it.

    Nothing else may use the database meanwhile. Returns the faults of the restored record.
    Raises BackupError when the file is not a backup of this kind of database, or the database
    holds anything and `force` is not given; then nothing has changed.
    """
    _check_file(database, file)
    if not force and not _is_empty(database):
        raise BackupError(
            f"{database.name} is not empty: restore into another one, or give --force to lose "
            "what it holds."
        )
    database.close()
    if database.is_sqlite:
        _copy_sqlite(file, Path(str(database.engine.url.database)))
    else:
        _pg(
            database,
            *("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges"),
            *("--single-transaction", "--exit-on-error", f"--dbname={_address(database)}"),
            str(file),
        )
    schema.upgrade(database)
    with database.reading() as session:
        return list(verify(session))


def _write(database: Database, part: Path) -> None:
    if not database.is_sqlite:
        _pg(
            database,
            *("pg_dump", "--format=custom", "--no-owner", "--no-privileges"),
            *(f"--file={part}", f"--dbname={_address(database)}"),
        )
        return
    _copy_sqlite(Path(str(database.engine.url.database)), part)
    with closing(sqlite3.connect(part)) as copy:
        # Or it would need its log beside it to be read.
        copy.execute("PRAGMA journal_mode = DELETE")


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise BackupError(
            f"Cannot copy {source} to {target} ({error}): stop the service if it is to be "
            "restored, and check that the disk has room."
        ) from error


def _check_file(database: Database, file: Path) -> None:
    magic, kind = (_SQLITE_MAGIC, "SQLite") if database.is_sqlite else (_PG_MAGIC, "PostgreSQL")
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(magic))
    except OSError as error:
        raise BackupError(f"Cannot read {file} ({type(error).__name__}).") from error
    if begins != magic:
        raise BackupError(f"{file} is not a backup of a {kind} database by modsvc.")
    if database.is_sqlite:
        _check_sqlite(file)


def _check_sqlite(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            [(state,)] = opened.execute("PRAGMA quick_check(1)").fetchall()
            opened.execute("SELECT version_num FROM alembic_version")
    except (sqlite3.Error, ValueError) as error:
        raise BackupError(f"{file} is damaged, or not a backup by modsvc.") from error
    if state != "ok":
        raise BackupError(f"{file} is damaged: use another backup.")


def _is_empty(database: Database) -> bool:
    with database.engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        return not any(
            connection.execute(select(table).limit(1)).first()
            for table in metadata.sorted_tables
            if table.name in there and table is not ChainHead.__table__
        )


def _address(database: Database) -> str:
    # The password goes by the environment: anyone can read a command line.
    url = database.engine.url.set(drivername="postgresql")
    return url._replace(password=None).render_as_string(hide_password=False)


def _pg(database: Database, tool: str, *arguments: str) -> None:
    if shutil.which(tool) is None:
        raise BackupError(f"{tool} is not installed: install PostgreSQL's client programs.")
    environment = dict(os.environ)
    if database.engine.url.password is not None:
        environment["PGPASSWORD"] = str(database.engine.url.password)
    done = subprocess.run(
        [tool, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        # Only the tool's own lines: the others may quote rows.
        said = [line for line in done.stderr.splitlines() if line.startswith(f"{tool}: error:")]
        raise BackupError(f"{tool} failed: {' '.join(said) or 'it does not say why'}")
