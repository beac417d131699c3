"""The month's end: the champion goes on learning from what reviewers decided, and is tracked.

The champion is trained here on a made-up corpus, in seconds; every stage is real, the figures mean
nothing.
"""

import json
import os
import random
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from modsvc.engine.artifact import MANIFEST_FILE
from modsvc.engine.engine import Engine
from modsvc.labels import CATEGORIES, MISOGYNY, TOXIC_OTHER
from modsvc.types import Content
from tests.training.tiny_run import PLACES, RECIPES, tiny_recipe, write_base, write_raw
from training import tracking
from training.__main__ import app
from training.catalogue import REVIEWS, load_sources
from training.checkpoints import trained
from training.errors import TrainingError
from training.recipe import Optimisation, Recipe, load_recipe
from training.runner import run_recipe

#: A word that the champion has never seen, and that reviewers took offence at.
SLUR = "zorple"


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw files, a base, and the champion's run."""
    folder = tmp_path_factory.mktemp("retrain")
    write_raw(folder / "raw")
    write_base(folder / "base")
    return folder


@pytest.fixture(scope="module")
def champion(workplace: Path) -> dict[str, Path]:
    """The champion's stages."""
    recipe = tiny_recipe(workplace).model_copy(update={"early_layer": 0})
    return run_recipe(
        recipe,
        raw_dir=workplace / "raw",
        runs_dir=workplace / "runs",
        console=Console(quiet=True),
    )


def version_of(pack: Path) -> str:
    manifest = json.loads((pack / "model" / MANIFEST_FILE).read_text("utf-8"))
    return str(manifest["model_version"])


def write_reviews(path: Path) -> Path:
    """A hundred and twenty decisions: the new word upheld, everyday texts let pass."""
    rows: list[dict[str, Any]] = []
    rng = random.Random(3)
    for number in range(120):
        bad = number % 2 == 0
        place = f"{' '.join(rng.sample(PLACES, 3))} {number}"
        rows.append(
            {
                "text": f"every {SLUR} is {place}" if bad else f"the referee is {place}",
                "parent": None,
                "language": "en",
                "group": f"author-{number}",
                MISOGYNY: int(bad),
                **dict.fromkeys(CATEGORIES, 0),
                "derogation": int(bad),
                TOXIC_OTHER: None,
                # What else `from-reviews` says of a text.
                "weight": 1.0,
                "kept_until": None,
                "settled": "single",
            }
        )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_recipe(workplace: Path) -> Path:
    """recipes/retrain.toml for the made-up corpus: as it is, but for sizes and rates."""
    recipe = load_recipe(RECIPES / "retrain.toml").model_copy(
        update={
            **{
                name: getattr(tiny_recipe(workplace), name)
                for name in ("base", "vocabulary_size", "early_layer")
            },
            "sources": ["edos"],
            "max_rows_per_source": 700,
            "smoke": True,
            "optimisation": Optimisation(learning_rate=1e-3, batch_size=16),
        }
    )
    fields = recipe.model_dump(exclude_none=True)
    fields["sampling"] |= {"examples": 600, "focus": {REVIEWS: 12.0, "edos": 1.0}}
    fields["thresholds"]["min_per_class"] = 4
    path = workplace / "retrain.toml"
    path.write_text(_toml(fields), encoding="utf-8")
    assert load_recipe(path).sampling.focus == fields["sampling"]["focus"]
    return path


def _toml(fields: dict[str, Any]) -> str:
    """Tables last, as TOML wants them; JSON's values are TOML's but for tables in a line."""
    plain = {name: value for name, value in fields.items() if not isinstance(value, dict)}
    lines = [f"{name} = {json.dumps(value)}" for name, value in plain.items()]
    for name, table in fields.items():
        if isinstance(table, dict):
            lines.append(f"[{name}]")
            for key, value in table.items():
                inner = value.items() if isinstance(value, dict) else None
                text = json.dumps(value)
                if inner is not None:
                    text = "{" + ", ".join(f"{k} = {json.dumps(v)}" for k, v in inner) + "}"
                lines.append(f"{key} = {text}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def retrained(workplace: Path, champion: dict[str, Path]) -> Result:
    """`python -m training run retrain.toml`, from the champion's version, with reviews."""
    reviews = write_reviews(workplace / "reviews.jsonl")
    asked = ["run", str(write_recipe(workplace)), "--raw-dir", str(workplace / "raw")]
    asked += ["--runs-dir", str(workplace / "runs"), "--reviews", str(reviews)]
    asked += ["--init-from", version_of(champion["pack"]), "--no-track"]
    return CliRunner().invoke(app, [*asked, "--publish-to", str(workplace / "challenger")])


@pytest.mark.slow
def test_the_challenger_learns_what_reviewers_decided_and_keeps_what_it_knew(
    workplace: Path, champion: dict[str, Path], retrained: Result
) -> None:
    assert retrained.exit_code == 0, retrained.output
    before = Engine.load(champion["pack"] / "model")
    after = Engine.load(workplace / "challenger")
    after.check_canary()
    new = Content(f"every {SLUR} is at work again 7", language="en")
    known = Content("wives must obey at work every day", language="en")
    plain = Content("my aunt baked bread this week", language="en")
    learnt = after.score([new])[0].probability
    assert learnt > max(0.5, before.score([new])[0].probability)
    assert after.score([known])[0].probability > 0.5 > after.score([plain])[0].probability
    assert after.artifact.manifest.tier == "research"
    [corpus] = workplace.glob("runs/retrain/corpus/*/corpus.parquet")
    sources = pq.read_table(corpus, columns=["source"])["source"].to_pylist()
    assert set(sources) == {"edos", REVIEWS}


@pytest.mark.slow
def test_it_goes_on_from_the_champions_weights(
    workplace: Path, champion: dict[str, Path], retrained: Result
) -> None:
    [learnt] = workplace.glob("runs/retrain/average/*")
    tokeniser = "tokenizer.json"
    assert (learnt / tokeniser).read_bytes() == (champion["average"] / tokeniser).read_bytes()
    runs = workplace / "runs"
    assert trained(version_of(champion["pack"]), runs) == champion["average"]
    # And next month from this one, by its version or by its folder.
    [pack] = workplace.glob("runs/retrain/pack/*")
    assert trained(version_of(pack), runs) == learnt
    assert trained(str(learnt), runs) == learnt
    with pytest.raises(TrainingError, match="--init-from"):
        trained("research-000000000000", runs)


def test_the_recipe_names_every_source_that_is_open() -> None:
    recipe = load_recipe(RECIPES / "retrain.toml")
    free = {one.name for one in load_sources().values() if one.tier != "research"}
    assert set(recipe.sources) == free
    assert REVIEWS in recipe.sampling.focus
    assert recipe.sampling.examples > 0
    champion = load_recipe(RECIPES / "open.toml")
    assert (recipe.early_layer, recipe.early_weight) == (
        champion.early_layer,
        champion.early_weight,
    )
    raw = tomllib.loads((RECIPES / "retrain.toml").read_text("utf-8"))
    assert raw["init_from"] == "recipes/open.toml"


#: In a process of its own: MLflow's imports warn of things that are not ours.
READ_BACK = """
import json, sys
from mlflow import MlflowClient
client = MlflowClient(tracking_uri=sys.argv[1])
experiment = client.get_experiment_by_name(sys.argv[2])
runs = client.search_runs([experiment.experiment_id])
print(json.dumps([
    {"params": run.data.params, "metrics": run.data.metrics, "tags": run.data.tags,
     "status": run.info.status,
     "loss": len(client.get_metric_history(run.info.run_id, "loss")),
     "files": sorted(one.path for one in client.list_artifacts(run.info.run_id))}
    for run in runs
]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not tracking.installed(), reason="MLFLOW IS NOT INSTALLED: runs untracked")
def test_a_run_is_read_back_from_mlflow(workplace: Path, champion: dict[str, Path]) -> None:
    recipe = tiny_recipe(workplace).model_copy(update={"early_layer": 0})
    store = tracking.store(workplace / "runs")
    # From the cache, and twice: one result is one run.
    path = workplace / "champion.toml"
    path.write_text(_toml(recipe.model_dump(exclude_none=True)), encoding="utf-8")
    asked = [sys.executable, "-m", "training", "run", str(path), "--track"]
    asked += ["--raw-dir", str(workplace / "raw"), "--runs-dir", str(workplace / "runs")]
    quiet = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    for _ in range(2):
        done = subprocess.run(asked, capture_output=True, text=True, check=False, env=quiet)
        assert done.returncode == 0, done.stderr
        assert f"mlflow ui --backend-store-uri {store}" in done.stdout
    done = subprocess.run(
        [sys.executable, "-c", READ_BACK, store, tracking.EXPERIMENT],
        capture_output=True,
        text=True,
        check=True,
        env=quiet,
    )
    [run] = json.loads(done.stdout)
    assert run["status"] == "FINISHED"
    assert run["params"]["optimisation.learning_rate"] == "0.001"
    assert run["params"]["sampling.focus.edos"] == "12.0"
    assert run["tags"]["model_version"] == version_of(champion["pack"])
    report = json.loads((champion["pack"] / "reports.json").read_text("utf-8"))["open"]["dev"]
    f1 = report["by_language"]["en"]["metrics"]["macro_f1_at_review"]["value"]
    assert run["metrics"]["open-dev/macro_f1_at_review/en"] == pytest.approx(f1)
    assert {"seconds/finetune", "functional/ru", "parity/int8/same_flagged"} <= set(run["metrics"])
    assert run["loss"] > 1
    assert run["files"] == ["CARD.md", "calibration.json", "manifest.json", "reports.json"]


def test_parameters_are_the_recipes_fields() -> None:
    recipe: Recipe = load_recipe(RECIPES / "retrain.toml")
    found = tracking.parameters(recipe)
    assert found["sampling.focus.reviews"] == "4.0"
    assert found["optimisation.learning_rate"] == "2e-05"
    assert "edos" in found["sources"].split()


def test_without_mlflow_a_run_that_must_be_tracked_does_not_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tracking, "installed", lambda: False)
    done = CliRunner().invoke(app, ["run", str(RECIPES / "smoke.toml"), "--track"])
    assert isinstance(done.exception, TrainingError)
    assert "modsvc[tracking]" in str(done.exception)
