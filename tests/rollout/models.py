"""Models to change to: the tiny one again, under other names and with other calibrations."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

from modsvc.labels import MISOGYNY
from tests.tiny_artifact import reseal, write_json


def variant(source: Path, folder: Path, version: str, *, shift: float = 0.0) -> Path:
    """The model in `source` as `version`; `shift` is added to English logits of misogyny."""
    shutil.copytree(source, folder)
    path = folder / "calibration.json"
    calibration = json.loads(path.read_text(encoding="utf-8"))
    calibration["outputs"][MISOGYNY]["pooled"]["shift"] = shift
    write_json(path, calibration)
    reseal(folder, model_version=version, canary=[_shifted(one, shift) for one in canary(folder)])
    return folder


def canary(folder: Path) -> list[dict[str, Any]]:
    """The canary texts of a folder."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = manifest["canary"]
    return found


def _shifted(one: dict[str, Any], shift: float) -> dict[str, Any]:
    probability = one["probability"]
    logit = math.log(probability / (1 - probability)) + shift
    return {**one, "probability": 1 / (1 + math.exp(-logit))}
