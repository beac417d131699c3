"""Predictions: the engine's own answers, made once, without weak rows and without text."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from eval.corpus import read_rows
from eval.errors import EvalError
from eval.predict import predict_cached
from eval.predictions import read_predictions
from eval.women import load_terms, mentions_women
from modsvc.engine.engine import Engine
from modsvc.types import Content, Score
from tests.eval.synthetic import write_corpus
from tests.tiny_artifact import TRIGGERS

HELLO = "hello the women"


class CountingEngine:
    """The real engine, counting the texts it was asked about."""

    def __init__(self, model: Path) -> None:
        self.engine = Engine.load(model, threads=1)
        self.artifact = self.engine.artifact
        self.asked = 0

    def score(self, contents: Sequence[Content]) -> list[Score]:
        self.asked += len(contents)
        return self.engine.score(contents)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(
        tmp_path / "corpus.parquet",
        [
            {"text": HELLO, "misogyny": 0},
            {"text": f"hello {TRIGGERS['misogyny']}", "misogyny": 1, "language": "es"},
            {"text": f"hello {TRIGGERS['threats']}", "misogyny": 1, "threats": 1, "group": "g"},
            {"text": "hello hello", "weak": True, "misogyny": 1},
            {"text": "hello a", "split": "test", "misogyny": 0},
            {"text": "hello the", "tier": "neutral", "weak": True, "misogyny": 0},
        ],
    )


def test_scores_come_from_the_engine_in_the_rows_order(
    corpus: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    rows = read_rows(corpus, "dev")
    engine = Engine.load(tiny_artifact, threads=1)
    found = predict_cached(engine, rows, tmp_path / "cache", show_progress=False)
    contents = [Content(t, language=c) for t, c in zip(rows.text, rows.language, strict=True)]
    expected = [score.probability for score in engine.score(contents)]
    np.testing.assert_allclose(found.probability[:, 0], expected, atol=1e-6)
    assert found.probability[2, 1] > 0.5 > found.probability[0, 1]
    assert found.mentions_women.tolist() == [True, False, False, False]


def test_weak_rows_and_other_splits_are_never_measured(corpus: Path) -> None:
    rows = read_rows(corpus, "dev")
    assert rows.row_id.tolist() == ["row-0", "row-1", "row-2", "row-5"]
    assert rows.group.tolist() == ["row-0", "row-1", "g", "row-5"]


def test_neutral_rows_stay_whatever_a_rule_says_of_them(corpus: Path) -> None:
    assert read_rows(corpus, "dev").tier.tolist() == ["open", "open", "open", "neutral"]


def test_a_second_run_reads_what_the_first_wrote_and_a_recalibrated_model_does_not(
    corpus: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    model = shutil.copytree(tiny_artifact, tmp_path / "model")
    engine, rows, cache = CountingEngine(model), read_rows(corpus, "dev"), tmp_path / "cache"
    first = predict_cached(engine, rows, cache, show_progress=False)
    second = predict_cached(engine, rows, cache, show_progress=False)
    assert engine.asked == len(rows.row_id)
    np.testing.assert_array_equal(first.probability, second.probability)
    np.testing.assert_array_equal(first.gold, second.gold)
    assert second.points == first.points
    manifest = json.loads((model / "manifest.json").read_text())
    manifest["files"]["calibration.json"]["sha256"] = "f" * 64
    (model / "manifest.json").write_text(json.dumps(manifest))
    predict_cached(engine, rows, cache, show_progress=False)
    assert engine.asked == 2 * len(rows.row_id)


def test_no_text_reaches_the_predictions_file(
    corpus: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    rows, cache = read_rows(corpus, "dev"), tmp_path / "cache"
    predict_cached(Engine.load(tiny_artifact, threads=1), rows, cache, show_progress=False)
    (written,) = cache.glob("*.parquet")
    values = [v for column in pq.read_table(written).to_pydict().values() for v in column]
    assert not set(values) & set(rows.text)


def test_errors_say_what_to_do_next(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="python -m training corpus"):
        read_rows(tmp_path / "missing.parquet", "dev")
    with pytest.raises(EvalError, match="--split"):
        read_rows(corpus, "calibration")
    with pytest.raises(EvalError, match="python -m eval run"):
        read_predictions(corpus)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The women sang.", True),
        ("en", "The herd slept.", False),
        ("es", "Las niñas cantan.", True),
        ("es-MX", "Las niñas cantan.", True),
        ("ru", "О женщинах пишут газеты.", True),
        ("ru", "В музее стоит мамонт.", False),
        ("zh", "这位女士在读书。", True),
        ("ka", "ქალები მღერიან.", True),
        ("xx", "women", False),
    ],
)
def test_mentions_of_women_are_found_by_whole_everyday_words(
    language: str, text: str, expected: bool
) -> None:
    assert mentions_women([text], [language]).tolist() == [expected]


def test_the_first_class_languages_have_a_list() -> None:
    first_class = {"ru", "uz", "kk", "ky", "tg", "tk", "az", "hy", "ka", "es"}
    assert first_class <= set(load_terms())
