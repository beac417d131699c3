"""An operator learns what is usual, lets the watch look, and is told of a campaign."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from modsvc.cli.main import app
from modsvc.store.database import Database
from modsvc.store.schema import prepare
from tests.databases import SECRET
from tests.drift.test_follow import NOW, keep


def modsvc(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["drift", *arguments])


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The database that the settings name, with a thousand decisions."""
    monkeypatch.setenv("MODSVC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MODSVC_SECRET_KEY", SECRET)
    opened = Database.open(tmp_path, None, SECRET)
    prepare(opened)
    keep(opened, 1_000, 1)
    return opened


def test_learning_watching_and_being_told(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = tmp_path / "usual.json"
    since, until = (NOW + timedelta(days=days) for days in (-1, 1))
    asked = [f"{moment:%Y-%m-%d}" for moment in (since, until)]
    learnt = modsvc("learn", "--since", asked[0], "--until", asked[1], "--output", str(usual))
    assert learnt.exit_code == 0, learnt.output
    assert "1000 decisions" in learnt.stdout
    assert usual.stat().st_mode & 0o777 == 0o600
    # What comes now comes after what was learnt.
    usual.write_text(usual.read_text().replace(f'"{until:%Y-%m-%d}T00', f'"{since:%Y-%m-%d}T00'))
    later = until + timedelta(days=1)
    monkeypatch.setattr("modsvc.drift.follow.utcnow", lambda: later)
    assert modsvc("watch", "--reference", str(usual), "--once").stdout.splitlines() == [
        "1000 decisions looked at."
    ]
    keep(database, 300, 2, code=0.2)
    told = modsvc("watch", "--reference", str(usual), "--once").stdout.splitlines()
    assert told[0].startswith("en: words moved from 0.000 to 0.")
    assert told[-1] == "300 decisions looked at."
    assert modsvc("watch", "--reference", str(usual), "--once").stdout == ""
    database.close()


def test_what_goes_wrong_is_explained(database: Database, tmp_path: Path) -> None:
    failed = modsvc("watch", "--reference", str(tmp_path / "none.json"), "--once")
    assert (failed.exit_code, "modsvc drift learn" in failed.stderr) == (1, True)
    asked = ("--since", "2020-01-01", "--until", "2020-02-01", "--output", str(tmp_path / "new"))
    failed = modsvc("learn", *asked)
    assert (failed.exit_code, "--since" in failed.stderr) == (1, True)
    assert not (tmp_path / "new").exists()
    database.close()


def test_the_help_names_the_extra() -> None:
    assert "needs the extra 'drift'" in modsvc("--help").stdout
