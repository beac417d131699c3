"""One database, SQLite or PostgreSQL, with the same manners.

In: the data folder, or a URL. Out: `Database`, whose `transaction()` writes and whose
`reading()` looks at one moment. Write transactions run one after another on both databases:
SQLite takes its lock at the beginning, PostgreSQL the lock of the event chain's head. So no
two of them race or deadlock, and they had better be short: many small writes share one
through `modsvc.store.writer`. The threads of a process write in turn. The schema is left to
`modsvc.store.schema`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from modsvc.errors import StoreUnavailable
from modsvc.store.keys import Keys, read_secret
from modsvc.store.tables import ChainHead
from modsvc.store.turns import Turns

SQLITE_FILE: Final = "modsvc.sqlite3"

#: How long a write waits for another one, in milliseconds, before it gives up.
_LOCK_MS: Final = 10_000

#: PostgreSQL ends a session that holds the lock and does nothing for so long.
_IDLE_MS: Final = 60_000

#: When a server counts as gone, in seconds, as libpq has it (but `tcp_user_timeout`, in
#: milliseconds). Left to themselves, connections to a host that vanished wait for minutes or hours.
_GONE: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

_WRITES: Final = "modsvc_writes"

#: PostgreSQL's lock of those that make or change tables, in a place where other programs may be.
_UPGRADES: Final = int.from_bytes(b"modsvc", "big")


class Database:
    """An open database and the keys that its hashes are made with; safe to share by threads."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self.engine = engine
        self.keys = keys
        self._info: dict[str, object] = {}
        self._turns = Turns()
        keys.bind(self._info)
        self._writing = engine.execution_options(**{_WRITES: True})
        self._reading = (
            engine
            if self.is_sqlite
            else engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        )

    @classmethod
    def open(cls, data_dir: Path, url: str | None = None, secret: str | None = None) -> Self:
        """The database at `url`, or the SQLite file of `data_dir` without one.

        `secret` is MODSVC_SECRET_KEY; without it the data folder's own is used. Raises
        StoreUnavailable, which says what to correct.
        """
        try:
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreUnavailable(
                f"Cannot make the data folder {data_dir} ({type(error).__name__}): correct "
                "MODSVC_DATA_DIR or its permissions."
            ) from error
        keys = Keys(secret if secret is not None else read_secret(data_dir))
        database = cls(_engine(_parse(url) if url else _sqlite_url(data_dir)), keys)
        try:
            with database.reading() as session:
                session.execute(text("SELECT 1"))
        except DBAPIError as error:
            raise StoreUnavailable(
                f"{database.name} is not a database of this kind: correct MODSVC_DATA_DIR or "
                "MODSVC_DATABASE_URL."
            ) from error
        return database

    @property
    def is_sqlite(self) -> bool:
        """SQLite; PostgreSQL otherwise."""
        return self.engine.dialect.name == "sqlite"

    @property
    def name(self) -> str:
        """How messages call the database; without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that writes: all of it is committed at the end, or nothing is.

        Raises StoreUnavailable when the database is gone, full or busy for too long.
        """
        with (
            self._explained(),
            self._turn(),
            self._session(self._writing) as session,
            session.begin(),
        ):
            session.execute(select(ChainHead.seq).with_for_update())
            yield session

    @contextmanager
    def upgrading(self) -> Iterator[Session]:
        """As `transaction`, where there may be no tables yet: one after another, all or nothing."""
        with (
            self._explained(),
            self._turn(),
            self._session(self._writing) as session,
            session.begin(),
        ):
            if not self.is_sqlite:
                session.execute(select(func.pg_advisory_xact_lock(_UPGRADES)))
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment of the database; what it changes is dropped.

        Raises StoreUnavailable when the database is gone.
        """
        with self._explained(), self._session(self._reading) as session:
            yield session

    def scrub(self) -> None:
        """Take what was erased out of the database's files too, as far as they are its own.

        SQLite's write-ahead log is emptied into the file, where deleted bytes are zeroed;
        PostgreSQL frees the old rows, and reuses their place and its log in its own time.
        """
        statement = (
            "PRAGMA wal_checkpoint(TRUNCATE)" if self.is_sqlite else "VACUUM content, appeal"
        )
        with self._explained(), self.engine.connect() as connection:
            raw = connection.execution_options(isolation_level="AUTOCOMMIT")
            raw.exec_driver_sql(statement)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # PostgreSQL gives its locks in turn by itself.
        if not self.is_sqlite:
            yield
            return
        if not self._turns.take(_LOCK_MS / 1000):
            raise StoreUnavailable(self._unavailable("locked"))
        try:
            yield
        finally:
            self._turns.give()

    def _session(self, engine: Engine) -> Session:
        # What a transaction returns is read after its end, by other threads too.
        return Session(engine, expire_on_commit=False, info=self._info)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            # Not the driver's message: it may quote a row.
            raise StoreUnavailable(self._unavailable(type(error.orig).__name__)) from error

    def _unavailable(self, why: str) -> str:
        return (
            f"{self.name} does not answer, is full, or stays busy ({why}): check that it runs, "
            "has room on its disk, and that MODSVC_DATABASE_URL or MODSVC_DATA_DIR names it; then "
            "try again."
        )


def _sqlite_url(data_dir: Path) -> URL:
    return URL.create("sqlite", database=str(data_dir / SQLITE_FILE))


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreUnavailable(
            "MODSVC_DATABASE_URL is not a URL: write postgresql://user:password@host/name, or "
            "unset it to use SQLite."
        ) from error
    backend = parsed.drivername.partition("+")[0]
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database:
        return parsed
    raise StoreUnavailable(
        f"MODSVC_DATABASE_URL names {backend}: use postgresql://…, sqlite:///path, or unset it."
    )


def _engine(url: URL) -> Engine:
    # Parameters are texts: they stay out of every message.
    options: dict[str, Any] = {"hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"check_same_thread": False}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    timeouts = f"-c lock_timeout={_LOCK_MS} -c idle_in_transaction_session_timeout={_IDLE_MS}"
    ours = {"options": timeouts, **_GONE}
    options["connect_args"] = {key: one for key, one in ours.items() if key not in url.query}
    try:
        return create_engine(url, pool_pre_ping=True, **options)
    except ModuleNotFoundError as error:
        raise StoreUnavailable("PostgreSQL needs its driver: install modsvc[postgres].") from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transactions begin too late, and know no savepoints; see _begin_sqlite.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {_LOCK_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
