"""An operator with a shell takes records away; the record says so."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from modsvc.cli.main import app
from modsvc.review.export import TAKEN
from modsvc.store.database import Database
from modsvc.store.schema import prepare
from modsvc.store.tables import Content, Event
from tests.review.desk import NOW, Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A data folder with two texts, of which one was found to be a threat."""
    folder = tmp_path / "data"
    monkeypatch.setenv("MODSVC_DATA_DIR", str(folder))
    database = Database.open(folder)
    prepare(database)
    desk = Desk(database)
    desk.settle(desk.person("ana"), desk.flag("@maria hateword"), "uphold", "threats")
    desk.flag("You too", community="school")
    return desk


def run(what: str, file: Path, *more: str) -> Result:
    since, until = NOW.date(), NOW.date() + timedelta(days=1)
    if what == "events":
        # They happen now, whatever the desk's clock says.
        since, until = (datetime.now(UTC).date() + timedelta(days=by) for by in (-1, 2))
    time = ["--since", since.isoformat(), "--until", until.isoformat()]
    return CliRunner().invoke(app, ["export", what, *time, "-o", str(file), *more])


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_records_become_files_and_the_record_says_so(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    done = run("decisions", file)
    assert done.exit_code == 0, done.output
    assert file.stat().st_mode & 0o777 == 0o600
    assert [row["text"] for row in lines(file)] == [None, None]
    run("decisions", tmp_path / "texts.jsonl", "--texts", "--community", "school")
    assert [row["text"] for row in lines(tmp_path / "texts.jsonl")] == ["You too"]
    run("reviews", tmp_path / "reviews.jsonl")
    assert [row["text"] for row in lines(tmp_path / "reviews.jsonl")] == ["@user hateword"]
    run("events", tmp_path / "events.csv", "--format", "csv")
    assert (tmp_path / "events.csv").read_text(encoding="utf-8").startswith("seq,id,at,kind,")
    with desk.database.reading() as session:
        found = session.query(Event).filter_by(kind=TAKEN).order_by(Event.seq).all()
    assert [(event.data["what"], event.data["texts"]) for event in found] == [
        *(("decisions", False), ("decisions", True), ("reviews", True), ("events", False)),
    ]
    assert {event.actor.partition(":")[0] for event in found} == {"operator"}


def test_a_file_is_never_replaced(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    file.write_text("kept", encoding="utf-8")
    refused = run("decisions", file)
    assert (refused.exit_code, file.read_text(encoding="utf-8")) == (1, "kept")
    assert "name another file" in refused.stderr
    with desk.database.reading() as session:
        assert session.query(Event).filter_by(kind=TAKEN).count() == 0


def test_what_should_be_gone_trains_nobody(desk: Desk, tmp_path: Path) -> None:
    with desk.database.transaction() as session:
        old = datetime.now(UTC) - timedelta(days=91)
        session.execute(update(Content).values(received_at=old))
    run("reviews", tmp_path / "reviews.jsonl")
    assert lines(tmp_path / "reviews.jsonl") == []
