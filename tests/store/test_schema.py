"""A database is set up, and kept in step with the program."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from modsvc.errors import ChainBroken, SchemaError
from modsvc.store import schema
from modsvc.store.database import Database
from modsvc.store.events import seed
from modsvc.store.schema import check, prepare, revision, upgrade
from modsvc.store.tables import metadata
from tests.databases import SECRET


@pytest.fixture
def bare(bare_url: str, tmp_path: Path) -> Database:
    return Database.open(tmp_path, bare_url, SECRET)


@pytest.mark.filterwarnings("ignore:autogenerate skipping:UserWarning")
def test_the_migrations_make_the_tables(bare: Database) -> None:
    upgrade(bare)
    with bare.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert {
            (table, constraint["name"])
            for table in metadata.tables
            for constraint in inspect(connection).get_check_constraints(table)
        } == {
            (table.name, f"{constraint.name}")
            for table in metadata.tables.values()
            for constraint in table.constraints
            if str(constraint.name).startswith("ck_")
        }
    bare.close()


def test_a_new_database_is_set_up_without_asking(bare: Database) -> None:
    with pytest.raises(SchemaError, match="modsvc db upgrade"):
        check(bare)
    prepare(bare)
    check(bare)
    prepare(bare)
    bare.close()


def test_two_that_start_together_set_up_one_database(
    bare: Database, bare_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def held(session: Session) -> None:
        begun.set()
        may_end.wait(60)
        seed(session)

    monkeypatch.setattr(schema, "seed", held)
    other = Database.open(tmp_path, bare_url, SECRET)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(prepare, bare)
        assert begun.wait(60)
        # Tables without the head of the chain would be taken for a record that was tampered with.
        with other.engine.connect() as connection:
            assert inspect(connection).get_table_names() == []
        second = threads.submit(upgrade, other)
        # Time for it to ask for its turn; without that it would be no harder.
        time.sleep(0.2)
        may_end.set()
        first.result()
        second.result()
    prepare(other)
    other.close()
    bare.close()


def test_an_old_schema_is_left_to_the_operator(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(SchemaError, match="modsvc db backup"):
        prepare(database)


def test_a_newer_schema_is_not_touched(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for step in (prepare, upgrade):
        with pytest.raises(SchemaError, match="9999"):
            step(database)
    with database.engine.connect() as connection:
        assert revision(connection) == "9999"


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    assert upgrade(database) == upgrade(database)


def test_another_key_is_noticed_at_the_start(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    other = Database.open(tmp_path, database_url, "another secret")
    with pytest.raises(ChainBroken, match="MODSVC_SECRET_KEY"):
        prepare(other)
    other.close()
