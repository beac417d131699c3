"""A forum that leaves Perspective asks where its threshold of 0.8 is now."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eval.__main__ import app
from eval.errors import EvalError
from eval.thresholds.sample import Columns, Sample, read_sample, score_sample
from eval.thresholds.translate import translate
from modsvc.engine.engine import Engine
from tests.tiny_artifact import TRIGGERS

BAD = TRIGGERS["misogyny"]


def sample_of(old: list[float], label: list[float]) -> Sample:
    return Sample(
        [str(n) for n in range(len(old))], [None] * len(old), np.array(old), np.array(label)
    )


def drawn(n: int, seed: int = 1) -> tuple[Sample, np.ndarray]:
    """Two scales of the same: the old one is the square root of the new one, blurred a little."""
    rng = np.random.default_rng(seed)
    new = rng.uniform(size=n)
    label = (rng.uniform(size=n) < new).astype(float)
    old = np.clip(np.sqrt(new) + rng.normal(0, 0.01, n), 0, 1)
    return sample_of(old.tolist(), label.tolist()), new


def test_a_scale_that_is_known_is_found_again() -> None:
    sample, new = drawn(4000)
    [one] = translate(sample, new, [0.8], resamples=200)
    for estimate in (one.same_rate, one.same_precision):
        assert estimate.threshold == pytest.approx(0.64, abs=0.05)
        assert estimate.interval is not None
        low, high = estimate.interval
        assert low < 0.64 < high
        assert high - low < 0.2
    assert one.same_rate_precision == pytest.approx(one.old_precision, abs=0.02)


def test_intervals_hold_what_they_promise() -> None:
    held = []
    for seed in range(60):
        sample, new = drawn(400, seed)
        [one] = translate(sample, new, [0.8], resamples=100)
        assert one.same_rate.interval is not None
        low, high = one.same_rate.interval
        held.append(low <= 0.64 <= high)
    assert np.mean(held) > 0.85


def test_as_many_are_flagged_even_where_scores_are_equal() -> None:
    sample = sample_of([0.9, 0.9, 0.1, 0.1], [1, 0, 0, 0])
    [one] = translate(sample, np.array([0.7, 0.7, 0.2, 0.2]), [0.5], resamples=20)
    assert one.same_rate.threshold == 0.7
    assert (one.old_flagged, one.old_precision) == (0.5, 0.5)


def test_what_cannot_be_said_is_not_proposed() -> None:
    sample, new = drawn(200)
    [never] = translate(sample, new, [1.0], resamples=50)
    assert never.same_rate.threshold is None or never.old_flagged > 0
    unlabelled = Sample(sample.texts, sample.languages, sample.old, np.full(200, math.nan))
    [one] = translate(unlabelled, new, [0.8], resamples=50)
    assert one.same_rate.threshold is not None
    assert one.same_precision.threshold is None
    # An old scale that is right more often than the new one can be.
    perfect = sample_of([1.0] * 5 + [0.0] * 195, [1.0] * 5 + [0.0] * 195)
    [one] = translate(perfect, np.linspace(0, 1, 200), [0.5], resamples=50)
    assert one.same_precision.threshold is None


def test_an_attribute_is_scored_as_the_endpoint_scores_it(tiny_artifact: Path) -> None:
    engine = Engine.load(tiny_artifact, threads=1)
    sample = Sample(
        [f"hello {BAD}", "hello", "hello"], ["en", "en", "kk"], np.zeros(3), np.zeros(3)
    )
    new = score_sample(engine, sample, "MISOGYNY")
    assert new[0] > 0.9
    assert new[1] < 0.1
    assert math.isnan(new[2])
    with pytest.raises(EvalError, match="TOXICITY"):
        score_sample(engine, sample, "SPAM")


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([{"text": "secret", "perspective": "87"}], "row 2.*divide percentages"),
        ([{"text": "secret", "perspective": "high"}], "a number in"),
        ([{"text": "secret", "perspective": "0.1", "label": "maybe"}], "1 or 0"),
        ([{"text": "secret", "toxicity": "0.1"}], "no column 'perspective'"),
        ([], "no rows"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_quotes_no_text(
    tmp_path: Path, rows: list[dict[str, str]], wrong: str
) -> None:
    path = write(tmp_path / "sample.csv", rows)
    with pytest.raises(EvalError, match=wrong) as caught:
        read_sample(path, Columns())
    assert "secret" not in str(caught.value)


def test_from_a_file_to_proposals(tiny_artifact: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [
        {"text": f"hello {BAD} {n}", "toxicity": f"{rng.uniform(0.6, 1):.3f}", "label": "1"}
        for n in range(60)
    ]
    rows += [
        {"text": f"hello the women {n}", "toxicity": f"{rng.uniform(0, 0.7):.3f}", "label": "0"}
        for n in range(140)
    ]
    rows += [{"text": "hello", "toxicity": "0.2", "label": "", "language": "kk"}]
    path = write(tmp_path / "sample.csv", [{"language": "en", **row} for row in rows])
    output = tmp_path / "thresholds.json"
    done = CliRunner().invoke(
        app,
        [
            *(
                "translate-thresholds",
                str(path),
                "--threshold",
                "0.8",
                "--score-column",
                "toxicity",
            ),
            *("--model", str(tiny_artifact), "--resamples", "50", "--output", str(output)),
        ],
    )
    assert done.exit_code == 0, done.output
    assert "200 texts, 200 with a label; 1 left out" in done.output.replace("\n", " ")
    [found] = json.loads(output.read_text("utf-8"))["thresholds"]
    assert found["old_precision"] == 1
    assert 0.5 < found["same_precision"]["threshold"] < 1
    assert found["same_precision_flagged"] == pytest.approx(0.3)


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    names = sorted({name for row in rows for name in row} | {"text"})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path
