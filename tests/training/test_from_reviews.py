"""What people decided at the desk becomes a source of the corpus, in one command."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from typer.testing import CliRunner, Result

from modsvc.store import erasure
from modsvc.store.database import Database
from modsvc.store.schema import prepare
from modsvc.store.tables import Event
from tests.review.desk import NOW, Desk
from tests.training.reviewed import record, write
from tests.training.test_examples import RECIPE
from training.__main__ import app
from training.catalogue import REVIEWS
from training.corpus import build_corpus
from training.errors import TrainingError
from training.examples import prepare as prepare_examples
from training.from_reviews import summary


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A service's data folder with reviews in two languages."""
    folder = tmp_path / "data"
    monkeypatch.setenv("MODSVC_DATA_DIR", str(folder))
    monkeypatch.setenv("COLUMNS", "140")
    database = Database.open(folder)
    prepare(database)
    desk = Desk(database)
    ana, lea = desk.person("ana"), desk.person("lea", "lead")
    threat = desk.flag("@maria_k we will find where you live", content_id="threat")
    desk.settle(ana, threat, "uphold", "threats")
    asked = desk.flag("Женщины здесь победили в забеге", language="ru")
    desk.settle(ana, asked, "escalate")
    desk.settle(lea, desk.items("adjudication")[0].id, "overturn")
    return desk


def run(output: Path, since: datetime = NOW) -> Result:
    day = f"{since:%Y-%m-%d}"
    return CliRunner().invoke(app, ["from-reviews", "--since", day, "--output", str(output)])


def test_reviews_are_taken_and_told_by_language(desk: Desk, tmp_path: Path) -> None:
    output = tmp_path / "reviews" / "reviews.jsonl"
    done = run(output)
    assert done.exit_code == 0, done.output
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.output.splitlines()]
    kept_until = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}"
    assert ["en", "1", "1", "1", "0", "0", "0", "0.78", kept_until] in cells
    assert ["ru", "1", "0", "0", "0", "1", "0", "1.00", kept_until] in cells
    assert f"--reviews {output}" in done.output
    assert output.stat().st_mode & 0o777 == 0o600
    assert "maria" not in output.read_text("utf-8") + done.output
    with desk.database.reading() as session:
        assert session.query(Event).filter_by(kind="export.taken").count() == 1
    # What was forgotten since goes from the file, too.
    with desk.database.transaction() as session:
        erasure.erase(session, "", "threat", actor="key")
    assert run(output).exit_code == 0
    assert [json.loads(line)["language"] for line in output.read_text("utf-8").splitlines()] == [
        "ru"
    ]
    assert run(output, NOW + timedelta(days=1)).exit_code == 0
    assert output.read_text("utf-8") == ""


def test_what_the_service_complains_of_is_told_and_nothing_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODSVC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MODSVC_DATABASE_URL", "nonsense")
    output = tmp_path / "taken" / "reviews.jsonl"
    output.parent.mkdir()
    output.write_text("as before", encoding="utf-8")
    done = run(output)
    assert isinstance(done.exception, TrainingError)
    assert "MODSVC_DATA_DIR" in str(done.exception)
    assert output.read_text("utf-8") == "as before"
    assert [path.name for path in output.parent.iterdir()] == ["reviews.jsonl"]


def test_weights_reach_the_loss_and_the_better_founded_label_wins(
    tmp_path: Path, tiny_artifact: Path
) -> None:
    file = write(
        tmp_path / "reviews.jsonl",
        [
            record("said by one person", 1, weight=0.7),
            record("said twice", 1, weight=0.6, group="a"),
            record("Said twice!", 0, weight=1.0, settled="appealed", group="b"),
            record("an old one", 1, kept_until="2020-01-01"),
            record("one of today", 0, kept_until=f"{datetime.now(UTC):%Y-%m-%d}"),
        ],
    )
    rows = build_corpus("research", tmp_path, [REVIEWS], reviews=file).to_pandas()
    said = {row.text: (row.misogyny, round(row.weight, 3)) for row in rows.itertuples()}
    assert said.pop("one of today") == (0, 0.8)
    assert said.pop("said by one person") == (1, 0.7)
    assert list(said.values()) == [(0, 1.0)]
    tokeniser = Tokenizer.from_file(str(tiny_artifact / "tokenizer.json"))
    data = prepare_examples(rows, tokeniser, RECIPE)
    np.testing.assert_allclose(data.weights, rows["weight"])


def test_a_table_of_nothing_has_no_rows() -> None:
    assert summary([]).row_count == 0
