"""Bringing a database to the schema of this program, and telling when it is not there.

In: an open database. Out: its tables, by the migrations of `modsvc.store.migrations`, and
the sealed head of an empty event chain. A new database is set up without asking; one that
holds data is only changed by `modsvc db upgrade`, so that a backup can come first.
"""

from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from modsvc.errors import SchemaError
from modsvc.store.database import Database
from modsvc.store.events import check_head, seed

_SCRIPTS: Final = "modsvc.store:migrations"


def prepare(database: Database) -> None:
    """Set up an empty database; make sure that any other fits this program and its key.

    Raises SchemaError, ChainBroken or StoreUnavailable.
    """
    with database.engine.connect() as connection:
        empty = not inspect(connection).get_table_names()
    if empty:
        upgrade(database)
    check(database)
    with database.reading() as session:
        check_head(session)


def upgrade(database: Database) -> str:
    """Run the migrations that are missing; the revision that the schema then has.

    Raises SchemaError for a schema newer than this program, or StoreUnavailable.
    """
    config = migrations()
    known = ScriptDirectory.from_config(config)
    # Of those that start together on a new database one sets it up, and nobody sees half of it.
    with database.upgrading() as session:
        connection = session.connection()
        current = revision(connection)
        if current not in {None, *(script.revision for script in known.walk_revisions())}:
            raise _newer(database, current)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        seed(session)
    return _head()


def check(database: Database) -> None:
    """Raise SchemaError unless the schema is that of this program."""
    with database.engine.connect() as connection:
        current = revision(connection)
    if current == _head():
        return
    scripts = ScriptDirectory.from_config(migrations()).walk_revisions()
    if current is None or current in {script.revision for script in scripts}:
        raise SchemaError(
            f"{database.name} has an older schema ({current or 'none'}, not {_head()}): make a "
            "backup with `modsvc db backup FILE`, then run `modsvc db upgrade`."
        )
    raise _newer(database, current)


def revision(connection: Connection) -> str | None:
    """The revision that a database is at; None before its first migration."""
    return MigrationContext.configure(connection).get_current_revision()


def migrations() -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    return config


def _head() -> str:
    head = ScriptDirectory.from_config(migrations()).get_current_head()
    return str(head)


def _newer(database: Database, current: str | None) -> SchemaError:
    return SchemaError(
        f"{database.name} has the schema {current}, which this version of modsvc does not know: "
        "run the version that made it, or a newer one."
    )
