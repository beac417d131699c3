"""An operator looks after the database on the command line."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from modsvc.cli.main import app
from modsvc.store import contents
from modsvc.store.contents import Draft
from modsvc.store.database import Database
from tests.databases import SECRET


def modsvc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def bare(bare_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MODSVC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MODSVC_DATABASE_URL", bare_url)
    monkeypatch.setenv("MODSVC_SECRET_KEY", SECRET)
    return bare_url


def ingest(url: str, folder: Path, content_id: str) -> None:
    database = Database.open(folder, url, SECRET)
    with database.transaction() as session:
        contents.put(session, Draft(content_id=content_id, text="Hello"), actor="key")
    database.close()


def test_a_database_from_its_beginning_to_its_restoration(bare: str, tmp_path: Path) -> None:
    early = modsvc("db", "verify-log")
    assert (early.exit_code, early.stdout) == (1, "")
    assert "modsvc db upgrade" in early.stderr

    upgraded = modsvc("db", "upgrade")
    assert upgraded.exit_code == 0, upgraded.stderr
    assert "not checked" not in upgraded.stdout

    ingest(bare, tmp_path, "c1")
    verified = modsvc("db", "verify-log")
    assert verified.exit_code == 0, verified.stderr
    [anchor] = re.findall(r"^Head: (1:[0-9a-f]{64})$", verified.stdout, re.MULTILINE)

    file = tmp_path / "backup"
    assert modsvc("db", "backup", file).exit_code == 0
    again = modsvc("db", "backup", file)
    assert (again.exit_code, "exists" in again.stderr) == (1, True)

    ingest(bare, tmp_path, "c2")
    kept = modsvc("db", "verify-log", "--anchor", anchor)
    assert kept.exit_code == 0
    [later] = re.findall(r"^Head: (.+)$", kept.stdout, re.MULTILINE)

    refused = modsvc("db", "restore", file)
    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
    restored = modsvc("db", "restore", file, "--force")
    assert restored.exit_code == 0, restored.stderr
    put_back = modsvc("db", "verify-log", "--anchor", later)
    assert put_back.exit_code == 1
    assert "event 2: truncated" in put_back.stderr


def test_tampering_is_said_and_ends_with_one(bare: str, tmp_path: Path) -> None:
    modsvc("db", "upgrade")
    ingest(bare, tmp_path, "c1")
    database = Database.open(tmp_path, bare, SECRET)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET kind = 'erased'")
    database.close()
    done = modsvc("db", "verify-log")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "event 1: edited" in done.stderr


def test_sweeping(bare: str, tmp_path: Path) -> None:
    modsvc("db", "upgrade")
    ingest(bare, tmp_path, "c1")
    done = modsvc("db", "sweep")
    assert done.exit_code == 0, done.stderr
    assert "words of 0 contents" in done.stdout


@pytest.mark.usefixtures("bare")
def test_an_anchor_of_another_shape_is_wrong_usage() -> None:
    assert modsvc("db", "verify-log", "--anchor", "yesterday").exit_code == 2


def test_a_short_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODSVC_SECRET_KEY", "hush-hush")
    done = modsvc("db", "upgrade")
    assert done.exit_code == 2
    assert "MODSVC_SECRET_KEY" in done.stderr
    assert "hush" not in done.stderr
