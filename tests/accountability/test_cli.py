"""An operator with a shell exports evidence, verifies it elsewhere, reports and states reasons."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from modsvc.cli.main import app
from modsvc.store.database import Database
from modsvc.store.schema import prepare
from tests.accountability.rows import DAY, decide, text
from tests.accountability.test_statements import TERMS


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with two texts that were withheld, one of unknown age."""
    folder = tmp_path / "data"
    monkeypatch.setenv("MODSVC_DATA_DIR", str(folder))
    database = Database.open(folder)
    prepare(database)
    with database.transaction() as session:
        decide(session, text(session, "c1"))
        decide(session, text(session, "c2", created_at=None))
    database.close()
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_evidence_is_made_and_verified_elsewhere(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "case.zip"
    made = run("evidence", "c1", "--reason", "Request 12/2026", "-o", file)
    assert made.exit_code == 0, made.output
    assert file.stat().st_mode & 0o777 == 0o600
    fingerprint = run("evidence-key").stdout.split()[-1]
    assert fingerprint in made.stdout
    # Elsewhere there is no database, and none is made.
    monkeypatch.setenv("MODSVC_DATA_DIR", str(tmp_path / "elsewhere"))
    whole = run("verify-evidence", file, "--key", fingerprint)
    assert (whole.exit_code, "It is as it was made." in whole.stdout) == (0, True)
    assert not (tmp_path / "elsewhere").exists()
    assert "--key" in run("verify-evidence", file).stdout
    file.write_bytes(file.read_bytes().replace(b"Request 12/2026", b"Request 13/2026"))
    changed = run("verify-evidence", file, "--key", fingerprint)
    assert changed.exit_code == 1
    for name in ("manifest.json", "events.jsonl", "report.html"):
        assert f"modsvc: {name} " in changed.stderr
    assert run("verify-evidence", tmp_path / "nowhere.zip").exit_code == 1


def test_nothing_is_recorded_that_cannot_be_written(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "case.zip"
    file.write_text("mine")
    assert run("evidence", "c1", "--reason", "Request", "-o", file).exit_code == 1
    assert file.read_text() == "mine"
    file.unlink()
    unknown = run("evidence", "nothing", "--reason", "Request", "-o", file)
    assert (unknown.exit_code, file.exists()) == (1, False)
    with sqlite3.connect(data / "modsvc.sqlite3") as connection:
        [[exports]] = connection.execute("SELECT count(*) FROM event WHERE kind = 'exported'")
    connection.close()
    assert exports == 0


def test_a_transparency_report(data: Path, tmp_path: Path) -> None:
    written = run("transparency", "--quarter", "2026Q3", "-o", tmp_path / "reports")
    assert written.exit_code == 0, written.output
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == [
        "transparency-2026Q3.csv",
        "transparency-2026Q3.html",
    ]
    assert run("transparency", "--quarter", "autumn", "-o", tmp_path).exit_code == 1
    early = run("transparency", "--quarter", "2999Q1", "-o", tmp_path)
    assert "not over" in early.output


def test_statements_of_reasons(data: Path, tmp_path: Path) -> None:
    terms, folder = tmp_path / "terms.toml", tmp_path / "out"
    terms.write_text(TERMS, encoding="utf-8")
    period = ("--since", DAY.date(), "--until", DAY.date() + timedelta(days=1))
    stated = run("statements", "--terms", terms, *period, "-o", folder, "--notices")
    # One has no date of its content, and the terms say to refuse that.
    assert stated.exit_code == 1
    assert "created_at" in stated.stderr
    [statement] = json.loads((folder / "statements-1.json").read_text())["statements"]
    notice = (folder / f"notice-{statement['puid']}.txt").read_text(encoding="utf-8")
    assert "appeals@forum.example" in notice
    terms.write_text(TERMS.replace('"refuse"', '"received"'), encoding="utf-8")
    assert run("statements", "--terms", terms, *period, "-o", folder).exit_code == 0
    assert len(json.loads((folder / "statements-1.json").read_text())["statements"]) == 2


def test_routes_are_seeded_entered_and_confirmed(data: Path) -> None:
    assert "placeholders" in run("routes", "seed").stdout
    line = run("routes", "list", "--country", "KG").stdout.splitlines()[0]
    route = line.split()[0]
    entered = run("routes", "edit", route, "--contact", "1", "--source", "https://a.example")
    assert "unconfirmed" in entered.stdout
    assert run("routes", "confirm", route, "--checked-on", "2001-01-01").exit_code == 1
    assert run("routes", "remove", route).exit_code == 0
    added = run("routes", "add", "--country", "KG", "--kind", "support", "--name", "A line")
    assert "placeholder" in added.stdout


def test_the_key_of_evidence_travels_with_the_backup(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup"
    assert run("db", "backup", tmp_path / "before").exit_code == 0
    assert not (tmp_path / "before.evidence.key").exists()
    published = run("evidence-key").stdout
    assert run("db", "backup", file).exit_code == 0
    copy = tmp_path / "backup.evidence.key"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.read_bytes() == (data / "evidence.key").read_bytes()
    # On another machine, on which somebody has made another key before.
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "secret.key").write_bytes((data / "secret.key").read_bytes())
    monkeypatch.setenv("MODSVC_DATA_DIR", str(tmp_path / "new"))
    other = run("evidence-key").stdout
    assert other != published
    refused = run("db", "restore", file)
    assert (refused.exit_code, "another key" in refused.stderr) == (1, True)
    assert run("evidence-key").stdout == other
    restored = run("db", "restore", file, "--force")
    assert restored.exit_code == 0, restored.stderr
    assert run("evidence-key").stdout == published
    assert (tmp_path / "new" / "evidence.key").stat().st_mode & 0o777 == 0o600
    assert run("db", "verify-log").exit_code == 0
    assert run("db", "restore", file, "--force").exit_code == 0
