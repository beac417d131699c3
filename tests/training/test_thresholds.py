"""Thresholds put right by reviews: a new version of the same network, in one command."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from typer.testing import CliRunner

from modsvc.digests import file_sha256
from modsvc.engine.artifact import MODEL_FILE, load_artifact
from modsvc.engine.engine import Engine
from modsvc.types import Content
from tests.tiny_artifact import MODEL_VERSION
from tests.training.reviewed import flagged, harmless, write
from training.__main__ import app
from training.checkpoints import WEIGHTS, trained, write_origin
from training.errors import TrainingError
from training.thresholds import update


@pytest.fixture(scope="module")
def updated(tiny_artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model after half of what it is sure of in English was found to be harmless."""
    folder = tmp_path_factory.mktemp("thresholds")
    records = [*flagged(160, 0.5), *harmless(120), *flagged(20, 1.0, seed=5, language="ru")]
    file = write(folder / "reviews.jsonl", records)
    update(tiny_artifact, file, folder / "out", threads=1)
    return folder


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "out/thresholds.json").read_text("utf-8"))
    return found


def test_the_new_version_says_where_it_comes_from_and_what_changed(
    updated: Path, tiny_artifact: Path
) -> None:
    model = updated / "out/model"
    found = load_artifact(model)
    assert found.model_version not in (MODEL_VERSION, "")
    manifest = json.loads((model / "manifest.json").read_text("utf-8"))
    assert manifest["parent"] == MODEL_VERSION
    assert {(one["label"], one["language"]) for one in manifest["changed"]["changes"]} == {
        ("misogyny", "en")
    }
    assert manifest["languages"]["en"]["calibration"] == "own"
    assert "score_histogram" not in manifest["languages"]["en"]
    assert manifest["languages"]["ru"]["calibration"] == "pooled"
    assert file_sha256(model / MODEL_FILE) == file_sha256(tiny_artifact / MODEL_FILE)
    assert "| misogyny | en |" in (model / "CARD.md").read_text("utf-8")


def test_the_service_takes_it_and_is_less_sure(updated: Path, tiny_artifact: Path) -> None:
    before = Engine.load(tiny_artifact, threads=1)
    after = Engine.load(updated / "out/model", threads=1)
    after.check_canary()

    def probability(engine: Engine, language: str) -> float:
        [score] = engine.score([Content(text="hello hateword", language=language)])
        return score.probability

    assert probability(before, "en") > 0.95
    assert 0.35 < probability(after, "en") < 0.9
    assert probability(after, "ru") == probability(before, "ru")


def test_the_next_run_goes_on_from_the_weights_of_the_network(
    updated: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    runs, model = tmp_path / "runs", updated / "out/model"
    copytree(tiny_artifact, runs / "open/pack/p1/model")
    write_origin(runs / "open/pack/p1", "open", {"average": "a1"})
    weights = runs / "open/average/a1"
    weights.mkdir(parents=True)
    (weights / WEIGHTS).touch()
    # By its folder, wherever that is; by its version, where it is among the runs.
    assert trained(str(model), runs) == weights
    version = load_artifact(model).model_version
    with pytest.raises(TrainingError, match="--init-from"):
        trained(version, runs)
    copytree(updated / "out", runs / "thresholds")
    assert trained(version, runs) == weights
    # Without the weights the model itself is all that there is.
    (weights / WEIGHTS).unlink()
    assert trained(str(model), runs) == model
    assert trained(version, runs) == runs / "thresholds/model"


def test_texts_that_were_not_fitted_on_are_kept_apart_to_gate_it_with(updated: Path) -> None:
    told, file = report(updated), updated / "out/held-out.jsonl"
    apart = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert file.stat().st_mode & 0o777 == 0o600
    assert told["fitted_on"] + len(apart) == 300
    assert 15 < len(apart) < 90
    before, after = (told["held_out"][when]["en"] for when in ("before", "after"))
    assert before["texts"] == after["texts"]
    assert after["brier"] < before["brier"]
    assert "hateword" not in json.dumps(told)


def test_the_command_tells_what_changed_and_what_comes_next(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    file = write(tmp_path / "reviews.jsonl", [*flagged(80, 0.5), *harmless(60)])
    asked = ["thresholds", "--artifact", str(tiny_artifact), "--reviews", str(file)]
    done = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "new"), "--threads", "1"])
    assert done.exit_code == 0, done.output
    assert "misogyny" in done.output
    assert f"python -m eval gate {tmp_path}/new/model" in done.output.replace("\n", "")
    again = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "new")])
    assert isinstance(again.exception, TrainingError)
    assert "never change" in str(again.exception)


def test_too_few_reviews_change_nothing_and_say_how_many_are_wanted(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    file = write(tmp_path / "reviews.jsonl", [*flagged(20, 1.0), *harmless(60)])
    with pytest.raises(TrainingError, match="no language has 25 reviewed texts of each kind"):
        update(tiny_artifact, file, tmp_path / "new")
    assert not (tmp_path / "new").exists()
