"""An operator asks what is worth a person's minute, and puts it into the queue."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from modsvc.cli.main import app
from modsvc.review.suggest import label_errors
from modsvc.store.columns import utcnow
from modsvc.store.database import Database
from modsvc.store.schema import prepare
from tests.review.desk import Desk
from tests.review.test_suggest import allow, sentence


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A data folder with texts that the policy let pass an hour ago."""
    folder = tmp_path / "data"
    monkeypatch.setenv("MODSVC_DATA_DIR", str(folder))
    monkeypatch.setenv("COLUMNS", "120")
    database = Database.open(folder)
    prepare(database)
    desk = Desk(database, now=utcnow() - timedelta(hours=1))
    for number in range(6):
        allow(desk, sentence(number, "hateword"), 0.4 + number / 100)
        allow(desk, sentence(10 + number), 0.45, language="ky")
    return desk


def run(*more: str) -> Result:
    return CliRunner().invoke(app, ["queue", "suggest", *more])


def test_suggestions_are_printed_with_reasons_and_without_words(desk: Desk) -> None:
    done = run("--limit", "4")
    assert done.exit_code == 0, done.output
    assert "Worth a look: 4" in done.output
    assert "uncertain" in done.output
    assert "hateword" not in done.output
    assert not any(word in done.output for word in sentence(1).split())
    # Nothing happens unless it is asked for.
    assert desk.items("first") == []


def test_what_is_added_waits_in_the_queue_once(desk: Desk) -> None:
    done = run("--limit", "3", "--language", "ky", "--add")
    assert "3 of them are in the queue now." in done.output
    assert {item.language for item in desk.items("first")} == {"ky"}
    assert "3 of them" in run("--language", "ky", "--add").output
    assert "Nothing is worth a look" in run("--language", "ky").output


def test_old_decisions_are_not_looked_at_unless_asked(desk: Desk) -> None:
    allow(desk, sentence(99), 0.4, language="tk", decided_at=utcnow() - timedelta(days=40))
    assert "Nothing" in run("--language", "tk").output
    assert "Worth a look: 1" in run("--language", "tk", "--days", "60").output


def test_without_the_extra_doubtful_reviews_are_left_out_and_it_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_errors, "installed", lambda: False)
    done = run("--limit", "2")
    assert done.exit_code == 0
    assert "install modsvc[active]" in done.output
