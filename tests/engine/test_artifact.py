"""A model folder that is incomplete, altered or of another schema is refused, and says why."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from modsvc.engine.artifact import load_artifact
from modsvc.errors import ArtifactError
from modsvc.labels import LABELS
from tests.tiny_artifact import MODEL_VERSION, SCORE_HISTOGRAM, reseal, write_json


@pytest.fixture
def folder(tiny_artifact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_artifact, tmp_path / "model"))


def edit(path: Path, **changes: Any) -> None:
    write_json(path, {**json.loads(path.read_text(encoding="utf-8")), **changes})


def refusal(folder: Path) -> str:
    with pytest.raises(ArtifactError) as refused:
        load_artifact(folder)
    return str(refused.value)


def test_an_unaltered_folder_is_read(tiny_artifact: Path) -> None:
    artifact = load_artifact(tiny_artifact)

    assert artifact.model_version == MODEL_VERSION
    assert artifact.manifest.languages["es"].supported
    assert artifact.calibration.operating_points["misogyny"].pooled.withhold == 0.9


def test_a_reference_of_scores_is_optional_and_has_all_its_bins(folder: Path) -> None:
    assert load_artifact(folder).references == {"en": tuple(SCORE_HISTOGRAM)}

    languages = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["languages"]
    languages["en"]["score_histogram"] = [0.5, 0.5]
    reseal(folder, languages=languages)
    assert "languages.en.score_histogram" in refusal(folder)


def test_a_missing_folder_says_which_option_to_set(tmp_path: Path) -> None:
    assert "--model" in refusal(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "calibration.json", "CARD.md"])
def test_one_changed_byte_in_any_file_is_found(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as file:
        file.write(b"\n")

    message = refusal(folder)
    assert name in message
    assert "altered" in message
    assert "restore" in message


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json", "calibration.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()

    assert name in refusal(folder)
    assert "missing" in refusal(folder)


def test_another_schema_says_to_install_the_matching_version(folder: Path) -> None:
    edit(folder / "manifest.json", schema_version=2)

    message = refusal(folder)
    assert "schema_version 2" in message
    assert "install the modsvc" in message


def test_a_calibration_of_another_schema_is_refused(folder: Path) -> None:
    edit(folder / "calibration.json", schema_version=7)
    reseal(folder)

    assert "calibration.json has schema_version 7" in refusal(folder)


def test_another_label_order_is_refused(folder: Path) -> None:
    reseal(folder, labels=list(reversed(LABELS)))

    assert "labels" in refusal(folder)


def test_another_normaliser_is_refused(folder: Path) -> None:
    reseal(folder, normaliser=99)

    assert "normaliser 99" in refusal(folder)


def test_a_manifest_that_is_no_json_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", encoding="utf-8")

    assert "cannot be read as JSON" in refusal(folder)


def test_a_wrong_value_is_named_by_its_key(folder: Path) -> None:
    edit(folder / "manifest.json", max_tokens="many")

    assert "manifest.json: max_tokens" in refusal(folder)


def test_a_manifest_that_leaves_out_the_model_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"]["model.onnx"]
    write_json(folder / "manifest.json", manifest)

    assert "does not list model.onnx" in refusal(folder)


def test_a_manifest_cannot_point_outside_its_folder(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["../secret"] = {"sha256": "0" * 64, "bytes": 1}
    write_json(folder / "manifest.json", manifest)

    assert "not a plain name" in refusal(folder)


def test_every_label_needs_a_calibration(folder: Path) -> None:
    calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    del calibration["outputs"]["threats"]
    write_json(folder / "calibration.json", calibration)
    reseal(folder)

    assert "no calibration for threats" in refusal(folder)
