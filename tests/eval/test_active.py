"""Labels that choosing saves: on texts where choosing must help, and where it cannot."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from eval.__main__ import app
from eval.active import pools as places
from eval.active import simulate as simulation
from eval.active.learner import Learner
from eval.active.pools import pools
from eval.active.saved import labels_to_reach, outcome
from eval.active.simulate import STRATEGIES, Plan, simulate
from eval.errors import EvalError
from modsvc.engine.engine import Engine
from modsvc.review.suggest.choose import Pick, choose
from tests.eval.synthetic import write_corpus
from tests.tiny_artifact import TRIGGERS

LABELS = np.array([10, 20, 30])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """English: one text in eleven is hateful, in one of six ways; Spanish: too few texts."""
    rng = np.random.default_rng(1)
    letters = list("abcdefghijklmnoprstuvwz")
    words = ["".join(rng.choice(letters, 5)) for _ in range(60)]
    bad = [f"{TRIGGERS['misogyny']} {word}" for word in words[:6]]
    rows = []
    for split, count in (("train", 500), ("dev", 360)):
        for number in range(count):
            positive = number % 11 == 0
            text = " ".join([*rng.choice(words, 5), *([rng.choice(bad)] if positive else [])])
            rows.append({"text": text, "misogyny": int(positive), "language": "en", "split": split})
    rows += [{"text": f"hola {n}", "misogyny": n % 2, "language": "es"} for n in range(30)]
    return write_corpus(tmp_path_factory.mktemp("active") / "corpus.parquet", rows)


def test_a_language_with_enough_labels_has_a_pool_and_the_others_none(corpus: Path) -> None:
    [pool] = pools(corpus, "ngrams", None, languages=[], seed=1)
    assert (pool.language, len(pool.pool.gold), len(pool.held_out.gold)) == ("en", 500, 360)
    assert list(pools(corpus, "ngrams", None, languages=["es"], seed=1)) == []


def test_every_strategy_starts_alike_and_asks_about_no_text_twice(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [pool] = pools(corpus, "ngrams", None, languages=["en"], seed=1)
    plan, picked = Plan(step=20, budget=100, seeds=2), []

    def noted(*asked: Any) -> list[Pick]:
        picks = choose(*asked)
        picked.extend(pick.row for pick in picks)
        return picks

    monkeypatch.setattr(simulation, "choose", noted)
    found = {}
    for name in STRATEGIES:
        picked.clear()
        found[name] = simulate(pool, name, plan, 7)
        first = np.random.default_rng(7).permutation(len(pool.pool.gold))[:20]
        assert len({*picked, *first.tolist()}) == 100
        assert found[name].shape == (5,)
    assert len({curve[0] for curve in found.values()}) == 1
    assert len({tuple(curve) for curve in found.values()}) > 1
    # What is learnt is worth having, and the same seed learns it again.
    assert found["suggest"][-1] > found["suggest"][0]
    assert simulate(pool, "suggest", plan, 7).tolist() == found["suggest"].tolist()


def test_labels_are_counted_along_the_curve() -> None:
    assert labels_to_reach(np.array([0.2, 0.4, 0.6]), 0.5, LABELS) == pytest.approx(25)
    assert labels_to_reach(np.array([0.2, 0.4, 0.6]), 0.1, LABELS) == 10
    assert labels_to_reach(np.array([0.2, 0.4, 0.6]), 0.9, LABELS) == 30


def test_where_chance_teaches_nothing_nothing_is_saved(corpus: Path) -> None:
    [pool] = pools(corpus, "ngrams", None, languages=["en"], seed=1)
    flat = np.full((4, 3), 0.5)
    plan = Plan(step=10, budget=30, seeds=4)
    told = outcome(pool, plan, {"chance": flat, "uncertain": flat + 0.1})
    assert [one.saved for one in told.savings] == [None, None]
    rising = flat + np.arange(3) / 10
    told = outcome(pool, plan, {"chance": rising, "uncertain": rising + 0.1})
    assert told.savings[1].saved is not None
    assert told.savings[1].saved.value == pytest.approx(1 / 3, abs=1e-3)
    assert told.savings[1].gain.value == pytest.approx(0.1)


def test_the_command_writes_curves_without_texts(
    corpus: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    output = tmp_path / "curves.json"
    asked = ["active-learning", "--corpus", str(corpus), "--output", str(output), "--seeds", "2"]
    more = ["--step", "20", "--budget", "40", "--threads", "1", "--model", str(tiny_artifact)]
    done = CliRunner().invoke(app, [*asked, *more], env={"COLUMNS": "120"})
    assert done.exit_code == 0, done.output
    assert "suggest" in done.output
    written = json.loads(output.read_text("utf-8"))
    assert written["plan"] == {"step": 20, "budget": 40, "seeds": 2}
    assert [one["language"] for one in written["languages"]] == ["en"]
    assert TRIGGERS["misogyny"] not in output.read_text("utf-8") + done.output
    refused = CliRunner().invoke(app, [*asked, *more, "--features", "outputs"])
    assert isinstance(refused.exception, EvalError)


def test_the_outputs_of_a_model_are_where_its_learner_starts(
    corpus: Path, tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine.load(tiny_artifact, threads=1)
    found = list(pools(corpus, "outputs", engine, languages=["en"], seed=1))
    assert found == []
    monkeypatch.setattr(places, "MIN_POSITIVES", 10)
    [pool] = pools(corpus, "outputs", engine, languages=["en"], seed=1)
    assert len(pool.pool.gold) + len(pool.held_out.gold) == 360
    assert pool.pool.champion is not None
    assert pool.pool.champion[pool.pool.gold == 1].min() > 0.5
    assert Learner().probabilities(pool.pool).tolist() == pool.pool.champion.tolist()
