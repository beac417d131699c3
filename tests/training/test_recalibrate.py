"""The machine that trained a model is gone: its network is calibrated anew from what was shipped.

The model is packed here by a real run in seconds; the figures mean nothing.
"""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pandas as pd
import pytest
from rich.console import Console
from typer.testing import CliRunner

from modsvc.engine.artifact import CALIBRATION_FILE, MANIFEST_FILE, MODEL_FILE, load_artifact
from modsvc.engine.engine import Engine
from modsvc.types import Content
from tests.training.tiny_run import tiny_recipe, write_base, write_raw
from training import artifact
from training.__main__ import app
from training.corpus_files import CORPUS
from training.errors import TrainingError
from training.recalibrate import recalibrate
from training.runner import run_recipe


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw files, a base and, after the first run, its results."""
    folder = tmp_path_factory.mktemp("recalibrate")
    # Enough for English to have a way out.
    write_raw(folder / "raw", 1_400)
    write_base(folder / "base")
    return folder


@pytest.fixture(scope="module")
def run(workplace: Path) -> dict[str, Path]:
    """Every stage's folder of the run that packed the model."""
    recipe = tiny_recipe(workplace)
    focus = recipe.sampling.model_copy(update={"focus": {"edos": 6.0}})
    return run_recipe(
        recipe.model_copy(update={"max_rows_per_source": None, "sampling": focus}),
        raw_dir=workplace / "raw",
        runs_dir=workplace / "runs",
        console=Console(quiet=True),
    )


@pytest.fixture(scope="module")
def shipped(workplace: Path, run: dict[str, Path]) -> Path:
    """The same model as an older rule left it: English on a scale on which nothing is flagged."""
    folder = copytree(run["pack"] / "model", workplace / "shipped")
    calibration = read(folder / CALIBRATION_FILE)
    own = {"scale": 0.1, "shift": -4.0, "support": 100, "positives": 26}
    calibration["outputs"]["misogyny"]["by_language"] = {"en": own}
    calibration["operating_points"] = {"misogyny": {"pooled": {"review": 0.9, "withhold": None}}}
    calibration["early_exit"]["by_language"] = {}
    artifact.write_json(folder / CALIBRATION_FILE, calibration)
    artifact.write_manifest(folder, {**read(folder / MANIFEST_FILE), "canary": []})
    return folder


@pytest.fixture(scope="module")
def recalibrated(workplace: Path, run: dict[str, Path], shipped: Path) -> Path:
    """What comes of it on the corpus of the run."""
    folder = workplace / "recalibrated"
    recalibrate(shipped, folder, raw_dir=Path("nowhere"), corpus=run["corpus"], threads=1)
    return folder


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@pytest.mark.slow
def test_it_gets_the_calibration_that_a_run_of_today_would_give_it(
    run: dict[str, Path], recalibrated: Path
) -> None:
    found = read(recalibrated / "model" / CALIBRATION_FILE)
    wanted = read(run["pack"] / "model" / CALIBRATION_FILE)
    exits, expected = found.pop("early_exit"), wanted.pop("early_exit")
    assert found == wanted
    assert exits["layer"] == expected["layer"]
    assert set(exits["by_language"]) == set(expected["by_language"]) == {"en"}
    for code, entry in expected["by_language"].items():
        # A run looks at its tokens in half the bits.
        assert exits["by_language"][code]["below"] == pytest.approx(entry["below"], abs=0.05)
        assert exits["by_language"][code]["texts"] == entry["texts"]


@pytest.mark.slow
def test_the_network_stays_to_the_byte_and_the_version_is_a_new_one(
    run: dict[str, Path], shipped: Path, recalibrated: Path
) -> None:
    model = recalibrated / "model"
    assert (model / MODEL_FILE).read_bytes() == (shipped / MODEL_FILE).read_bytes()
    before, after = load_artifact(shipped), load_artifact(model)
    assert after.model_version != before.model_version
    manifest = read(model / MANIFEST_FILE)
    assert manifest["parent"] == before.model_version
    rows = pd.read_parquet(run["corpus"] / CORPUS)
    assert manifest["changed"]["fitted_on"] == (rows["split"] == "calibration").sum() > 20
    assert manifest["changed"]["learned_from"] == before.manifest.corpus_sha256
    changed = {(one["label"], one["language"]): one for one in manifest["changed"]["changes"]}
    assert changed["misogyny", "en"]["before"]["review"] == 0.9
    assert changed["misogyny", "en"]["moved"] < 0
    assert manifest["metrics"]["parity"] == before.manifest.metrics["parity"]


@pytest.mark.slow
def test_the_service_flags_again_and_the_figures_are_its_own(
    shipped: Path, recalibrated: Path
) -> None:
    before, after = Engine.load(shipped), Engine.load(recalibrated / "model")
    after.check_canary()
    assert after.artifact.manifest.canary
    hostile = Content("wives must obey at work every day", language="en")
    points = after.artifact.calibration.operating_points["misogyny"]
    assert after.score([hostile])[0].probability >= points.pooled.review
    assert before.score([hostile])[0].probability < 0.1
    report = read(recalibrated / "reports.json")["open"]["dev"]
    assert report["model_version"] == after.artifact.model_version
    figures = report["by_language"]["en"]["metrics"]
    told = after.artifact.manifest.metrics["open"]["dev"]["by_language"]["en"]
    assert told["macro_f1_at_review"] == figures["macro_f1_at_review"]["value"] > 0.8
    assert after.artifact.manifest.languages["en"].score_histogram is not None


@pytest.mark.slow
def test_the_card_says_what_is_the_parents(shipped: Path, recalibrated: Path) -> None:
    card = (recalibrated / "model" / "CARD.md").read_text("utf-8")
    assert f"are those of `{load_artifact(shipped).model_version}`, byte for byte" in card
    assert "| misogyny | en |" in card
    assert "| parity, int8 against torch |" in card
    assert "## What was recalibrated" not in (shipped / "CARD.md").read_text("utf-8")


@pytest.mark.slow
def test_one_command_builds_the_corpus_too_and_the_result_is_published_like_a_run(
    workplace: Path, shipped: Path, recalibrated: Path
) -> None:
    out, target = workplace / "out", workplace / "published"
    asked = ["recalibrate", str(shipped), "--raw-dir", str(workplace / "raw"), "--threads", "1"]
    done = CliRunner().invoke(app, [*asked, "--out", str(out)])
    assert done.exit_code == 0, done.output
    flat = done.output.replace("\n", "")
    assert f"eval gate {out}/model --champion {shipped} --corpus {out}/corpus/{CORPUS}" in flat
    version = load_artifact(recalibrated / "model").model_version
    assert load_artifact(out / "model").model_version == version
    asked = ["publish", str(out), str(target), "--corpus-dir", str(out / "corpus")]
    done = CliRunner().invoke(app, [*asked, "--beside", str(out)])
    assert done.exit_code == 0, done.output
    Engine.load(target).check_canary()
    assert read(target / MANIFEST_FILE)["parent"] == load_artifact(shipped).model_version
    card = (target / "CARD.md").read_text("utf-8")
    assert "## What was recalibrated" in card
    assert "Beside the research recipe" in card


@pytest.mark.slow
def test_once_more_changes_nothing_and_says_so(
    workplace: Path, run: dict[str, Path], recalibrated: Path
) -> None:
    with pytest.raises(TrainingError, match="nothing to do"):
        recalibrate(
            recalibrated / "model", workplace / "again", raw_dir=Path(), corpus=run["corpus"]
        )
    assert not (workplace / "again").exists()


@pytest.mark.slow
def test_research_rows_do_not_shape_an_open_model(
    run: dict[str, Path], shipped: Path, tmp_path: Path
) -> None:
    corpus = copytree(run["corpus"], tmp_path / "corpus")
    rows = pd.read_parquet(corpus / CORPUS)
    rows.loc[rows.index[0], "tier"] = "research"
    rows.to_parquet(corpus / CORPUS)
    with pytest.raises(TrainingError, match="--tier open"):
        recalibrate(shipped, tmp_path / "out", raw_dir=Path(), corpus=corpus)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_what_is_missing_is_named_and_nothing_is_left_in_the_way(
    workplace: Path, run: dict[str, Path], shipped: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(TrainingError, match=r"lacks corpus\.parquet.*training corpus --tier open"):
        recalibrate(shipped, out, raw_dir=Path(), corpus=tmp_path)
    with pytest.raises(FileNotFoundError, match="training fetch"):
        recalibrate(shipped, out, raw_dir=tmp_path)
    assert not out.exists()
    with pytest.raises(TrainingError, match="never change"):
        recalibrate(shipped, workplace, raw_dir=Path(), corpus=run["corpus"])


def test_a_model_that_does_not_say_by_which_recipe_it_was_made_is_refused(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="by which recipe"):
        recalibrate(tiny_artifact, tmp_path / "out", raw_dir=tmp_path)
