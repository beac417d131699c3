"""Spans beside the marks of people: overlap is counted in tokens."""

import csv
from pathlib import Path

import pytest

from eval.errors import EvalError
from eval.rationales import Rationale, measure_agreement, read_rationales
from modsvc.engine.engine import Engine
from tests.tiny_artifact import TRIGGERS

WORD = TRIGGERS["misogyny"]
TOXIC = "{'label': [0, 2, 1], 'target': [['Women'], ['Women', 'Islam'], ['None']]}"
MEN = "{'label': [0, 0, 0], 'target': [['Men'], ['Men'], ['Women']]}"


def write(path: Path, *records: tuple[str, str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("annotators", "rationales", "post_tokens"))
        writer.writerows(records)
    return path


def test_posts_against_women_are_read_with_what_half_of_the_annotators_marked(
    tmp_path: Path,
) -> None:
    tokens = "['a', 'b', 'c']"
    path = write(
        tmp_path / "val.csv",
        (TOXIC, "[[1, 1, 0], [0, 1, 0]]", tokens),
        (TOXIC, "[]", tokens),
        (TOXIC, "[[0, 0, 0], [0, 0, 0]]", tokens),
        (MEN, "[[1, 1, 0], [0, 1, 0]]", tokens),
    )
    assert read_rationales(path) == [Rationale(("a", "b", "c"), frozenset({0, 1}))]


def test_another_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="fetch --source hatexplain"):
        read_rationales(tmp_path / "absent.csv")
    path = tmp_path / "other.csv"
    path.write_text("text,label\nhello,1\n", encoding="utf-8")
    with pytest.raises(EvalError, match="not df_val_processed"):
        read_rationales(path)


def test_overlap_is_counted_on_the_posts_that_are_flagged(tiny_artifact: Path) -> None:
    engine = Engine.load(tiny_artifact, threads=1)
    rationales = [
        Rationale(("hello", WORD, "women"), frozenset({1})),
        Rationale(("hello", WORD, "women"), frozenset({1, 2})),
        Rationale(("hello", "women"), frozenset({0})),
    ]
    found = measure_agreement(engine, rationales)
    assert (found.posts, found.flagged) == (3, 2)
    assert found.token_f1 == pytest.approx((1 + 2 / 3) / 2)
    assert found.iou == pytest.approx((1 + 1 / 2) / 2)
    assert found.close == 1.0
