"""Databases to test against: for real, SQLite and PostgreSQL.

A test that takes `database` runs twice, on an empty one of each kind; `postgres` is a private
cluster in a temporary folder, started once a session and only when something asks for it.
"""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import URL

from eval.faults.postgres import Missing, cluster
from modsvc.store.database import SQLITE_FILE, Database
from modsvc.store.schema import prepare

SECRET = "a secret for tests, and for tests alone"
KINDS = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """The maintenance database of a private cluster."""
    try:
        with cluster() as made:
            yield made.url
    except Missing:
        pytest.skip("POSTGRESQL IS NOT INSTALLED: half of the store's tests did not run")


@pytest.fixture(scope="session")
def postgres_template(postgres: URL) -> str:
    """The name of a database that is set up and empty, to make others from."""
    _administer(postgres, "CREATE DATABASE prepared")
    _prepare(Path(tempfile.gettempdir()), postgres.set(database="prepared"))
    return "prepared"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is set up and empty, to make others from."""
    folder = tmp_path_factory.mktemp("prepared")
    _prepare(folder, None)
    return folder / SQLITE_FILE


@pytest.fixture(params=KINDS)
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a database that is set up and empty."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("sqlite") / SQLITE_FILE
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgres_template")
    with made(request.getfixturevalue("postgres"), f"TEMPLATE {template}") as url:
        yield url


@pytest.fixture(params=KINDS)
def bare_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a database in which there is nothing, not even tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('bare') / SQLITE_FILE}"
        return
    with made(request.getfixturevalue("postgres"), "") as url:
        yield url


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """An open database that is set up and empty."""
    opened = Database.open(tmp_path, database_url, SECRET)
    yield opened
    opened.close()


@contextmanager
def made(postgres: URL, how: str) -> Iterator[str]:
    """The URL of a new database in the cluster, dropped at the end."""
    name = f"t{secrets.token_hex(6)}"
    _administer(postgres, f"CREATE DATABASE {name} {how}")
    try:
        yield postgres.set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(postgres: URL, statement: str) -> None:
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _prepare(folder: Path, url: URL | None) -> None:
    opened = Database.open(
        folder, None if url is None else url.render_as_string(hide_password=False), SECRET
    )
    prepare(opened)
    opened.close()
