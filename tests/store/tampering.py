"""Changing rows past the program, as someone with the database's password can; and the verdict."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing

from modsvc.store.chain import Fault
from modsvc.store.database import Database
from modsvc.store.verify import Head, verify

Tamper = Callable[[Database], None]


def sql(*statements: str) -> Tamper:
    """Run these; foreign keys are not checked: whoever owns a database can see to that."""

    def tamper(database: Database) -> None:
        if database.is_sqlite:
            with closing(sqlite3.connect(str(database.engine.url.database))) as connection:
                for statement in statements:
                    connection.execute(statement)
                connection.commit()
            return
        with database.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for statement in statements:
                connection.exec_driver_sql(statement)

    return tamper


def faults(database: Database, anchor: Head | None = None) -> list[Fault]:
    """Everything that is found."""
    with database.reading() as session:
        return list(verify(session, anchor))


def places(found: Sequence[Fault]) -> list[tuple[int, str]]:
    """Where, and what."""
    return [(fault.seq, fault.what) for fault in found]
