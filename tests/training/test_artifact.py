"""A model folder written by training is one that serving opens."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from modsvc.engine.artifact import load_artifact
from modsvc.engine.engine import Engine
from modsvc.errors import ArtifactError
from modsvc.types import Content
from training.artifact import IDENTITY, write_artifact, write_manifest

ABOUT: dict[str, Any] = {
    "tier": "open",
    "max_tokens": 32,
    "languages": {},
    "canary": [],
    "corpus_sha256": "0" * 64,
    "recipe": {"name": "tiny"},
    "base": {"name": "none"},
    "git_commit": "unknown",
    "versions": {},
    "metrics": {},
}


@pytest.fixture
def folder(tiny_artifact: Path, tmp_path: Path) -> Path:
    """A folder written from the tiny network with the plain sigmoid."""
    write_artifact(
        tmp_path / "model",
        network=tiny_artifact / "model.onnx",
        tokeniser=tiny_artifact / "tokenizer.json",
        calibration=IDENTITY,
        about=ABOUT,
        card="# Tiny\n",
    )
    return tmp_path / "model"


def test_the_engine_opens_what_was_written_and_scores_with_the_plain_sigmoid(folder: Path) -> None:
    engine = Engine.load(folder, threads=1)
    (score,) = engine.score([Content(text="hello hateword", language="en")])
    assert score.probability > 0.9
    assert engine.artifact.manifest.recipe == {"name": "tiny"}
    assert not engine.artifact.calibration.operating_points


def test_every_file_is_sealed_the_card_too(folder: Path) -> None:
    (folder / "CARD.md").write_text("# Better than it is\n", encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"CARD\.md was altered"):
        load_artifact(folder)


def test_a_card_written_later_is_sealed_again_under_the_same_version(folder: Path) -> None:
    before = load_artifact(folder).model_version
    (folder / "CARD.md").write_text("# Measured\n", encoding="utf-8")
    write_manifest(folder, ABOUT)
    assert load_artifact(folder).model_version == before


def test_another_calibration_is_another_version(folder: Path) -> None:
    before = load_artifact(folder).model_version
    assert before.startswith("open-")
    calibration = json.loads((folder / "calibration.json").read_text("utf-8"))
    calibration["outputs"]["threats"]["pooled"]["shift"] = 0.5
    (folder / "calibration.json").write_text(json.dumps(calibration), encoding="utf-8")
    write_manifest(folder, ABOUT)
    assert load_artifact(folder).model_version != before


def test_what_a_run_says_of_itself_cannot_overrule_what_the_folder_holds(folder: Path) -> None:
    stale = json.loads((folder / "manifest.json").read_text("utf-8"))
    before = stale["model_version"]
    (folder / "CARD.md").write_text("# Measured\n", encoding="utf-8")
    write_manifest(folder, {**stale, "model_version": "made-up"})
    assert load_artifact(folder).model_version == before


def test_the_folder_can_be_moved(folder: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(folder, tmp_path / "elsewhere")
    shutil.rmtree(folder)
    assert load_artifact(moved).path == moved
