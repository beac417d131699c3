"""What people decided at the desk trains the next model: from the database to the corpus."""

import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from modsvc.review import export
from modsvc.review.export import Format
from modsvc.store import erasure
from modsvc.store.database import Database
from tests.review.desk import Desk
from training.__main__ import app
from training.catalogue import REVIEWS, declarations, load_sources, rows_of, sources_for
from training.corpus import FEATURES
from training.errors import TrainingError
from training.recipe import load_recipe
from training.runner import STAGES, stage_key

RECIPES = Path(__file__).parents[2] / "recipes"


def written(desk: Desk, folder: Path, fmt: Format = "jsonl") -> Path:
    """The file that `modsvc export reviews` writes."""
    path = folder / f"reviews.{fmt}"
    with desk.database.reading() as session, path.open("wb") as file:
        export.write(export.training_rows(session), export.TRAINING_COLUMNS, file, fmt)
    return path


@pytest.fixture
def desk(database: Database) -> Desk:
    """A day's reviews: a threat, a false alarm, plain rudeness, one that nobody settled."""
    desk = Desk(database)
    ana = desk.person("ana")
    threat = desk.flag(
        "@maria_k we will find where you live, see https://forum.example/t/7",
        parent_text="Good morning from maria@forum.example",
        author_id="troll",
        content_id="threat",
    )
    desk.settle(ana, threat, "uphold", "threats")
    alarm = desk.flag("Женщины здесь победили в забеге", language="ru", content_id="alarm")
    desk.settle(ana, alarm, "overturn")
    rude = desk.flag("The referee of that match was a fool", content_id="rude")
    desk.settle(ana, rude, "uphold", "toxic_other")
    desk.flag("Nobody has looked at these words so far", content_id="open")
    forgotten = desk.flag("These words were erased on request", content_id="gone")
    desk.settle(ana, forgotten, "uphold", "derogation")
    with database.transaction() as session:
        erasure.erase(session, "", "gone", actor="key")
    return desk


@pytest.mark.parametrize("fmt", ["jsonl", "parquet"])
def test_reviewed_texts_are_in_the_corpus_with_the_labels_that_people_gave(
    desk: Desk, tmp_path: Path, fmt: Format
) -> None:
    file = written(desk, tmp_path, fmt)
    asked = [*("corpus", "--tier", "research", "--source", REVIEWS), *("--reviews", str(file))]
    done = CliRunner().invoke(app, [*asked, "--output", str(tmp_path / "corpus")])
    assert done.exit_code == 0, done.output
    assert pq.read_schema(tmp_path / "corpus/corpus.parquet").names == list(FEATURES)
    rows = pq.read_table(tmp_path / "corpus/corpus.parquet").to_pylist()
    assert {(row["source"], row["tier"], row["weak"]) for row in rows} == {
        (REVIEWS, "research", False)
    }
    # Whom it was said to, where to find them, and what nobody settled or keeps stays behind.
    said = ("language", "parent", "misogyny", "threats", "derogation", "toxic_other")
    assert {row["text"]: tuple(row[name] for name in said) for row in rows} == {
        "@user we will find where you live, see [url]": (
            *("en", "Good morning from [email]"),
            *(1, 1, 0, 0),
        ),
        "Женщины здесь победили в забеге": ("ru", None, 0, 0, 0, None),
        "The referee of that match was a fool": ("en", None, 0, 0, 0, 1),
    }


def test_what_leaves_the_desk_names_nobody(desk: Desk, tmp_path: Path) -> None:
    taken = written(desk, tmp_path).read_text(encoding="utf-8")
    for private in ("maria", "forum.example", "troll", "erased on request", "so far"):
        assert private not in taken


def test_no_corpus_has_reviews_unless_a_file_is_named(desk: Desk, tmp_path: Path) -> None:
    file = written(desk, tmp_path)
    assert REVIEWS in load_sources()
    for tier in ("open", "research"):
        assert REVIEWS not in sources_for(tier)
    assert REVIEWS in sources_for("research", reviews=file)
    with pytest.raises(TrainingError, match="give away"):
        sources_for("open", reviews=file)
    with pytest.raises(TrainingError, match="no research source"):
        sources_for("research", [REVIEWS])


def test_a_recipe_with_other_reviews_builds_another_corpus(desk: Desk, tmp_path: Path) -> None:
    file = written(desk, tmp_path)
    [stage] = [stage for stage in STAGES if stage.name == "corpus"]
    plain = load_recipe(RECIPES / "open.toml").model_copy(update={"tier": "research"})
    assert declarations() != declarations(reviews=file)
    with_reviews = plain.model_copy(update={"reviews": str(file)})
    keys = {stage_key(stage, plain, {}), stage_key(stage, with_reviews, {})}
    file.write_text("", encoding="utf-8")
    assert len(keys | {stage_key(stage, with_reviews, {})}) == 3


def test_another_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "scores.jsonl"
    file.write_text('{"text": "hello"}\n', encoding="utf-8")
    with pytest.raises(TrainingError, match="modsvc export reviews"):
        list(rows_of(sources_for("research", [REVIEWS], reviews=file)[REVIEWS], tmp_path))
    with pytest.raises(TrainingError, match="is missing"):
        sources_for("research", reviews=tmp_path / "none.jsonl")


def test_texts_whose_days_are_over_stay_behind(desk: Desk) -> None:
    stream = io.BytesIO()
    with desk.database.reading() as session:
        rows = export.training_rows(session, kept_days=0)
        assert export.write(rows, export.TRAINING_COLUMNS, stream, "jsonl") == 0
