"""The model folder, written: the counterpart of `modsvc.engine.artifact`.

In: the parts of a run. Out: a folder that `Engine.load` accepts. What the parts
say is left to the stages that made them.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from modsvc import __version__
from modsvc.digests import file_sha256
from modsvc.engine.artifact import CALIBRATION_FILE, MANIFEST_FILE, MODEL_FILE, TOKENIZER_FILE
from modsvc.engine.manifest import SCHEMA_VERSION
from modsvc.engine.normalise import NORMALISER_VERSION
from modsvc.labels import LABELS

CARD_FILE = "CARD.md"

#: What a provisional folder calibrates with: the plain sigmoid.
IDENTITY: dict[str, Any] = {
    "schema_version": 1,
    "outputs": {
        label: {"pooled": {"scale": 1.0, "shift": 0.0, "support": 0, "positives": 0}}
        for label in LABELS
    },
}


def write_artifact(
    folder: Path,
    *,
    network: Path,
    tokeniser: Path,
    calibration: Mapping[str, Any],
    about: Mapping[str, Any],
    card: str = "",
) -> None:
    """Write the folder; `about` is merged into the manifest (tier, languages, metrics ...)."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(network, folder / MODEL_FILE)
    shutil.copyfile(tokeniser, folder / TOKENIZER_FILE)
    write_json(folder / CALIBRATION_FILE, calibration)
    (folder / CARD_FILE).write_text(card, encoding="utf-8")
    write_manifest(folder, about)


def write_manifest(folder: Path, about: Mapping[str, Any]) -> None:
    """Write manifest.json over what the folder holds; what is computed wins over `about`."""
    names = (MODEL_FILE, TOKENIZER_FILE, CALIBRATION_FILE, CARD_FILE)
    files = {name: _entry(folder / name) for name in names}
    parts = "".join(files[name]["sha256"] for name in names[:3])
    version = hashlib.sha256(parts.encode("ascii")).hexdigest()[:12]
    manifest = {
        **about,
        "schema_version": SCHEMA_VERSION,
        "model_version": f"{about['tier']}-{version}",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "modsvc_version": __version__,
        "labels": list(LABELS),
        "normaliser": NORMALISER_VERSION,
        "files": files,
    }
    write_json(folder / MANIFEST_FILE, manifest)


def read_json(path: Path) -> Any:
    """The counterpart of `write_json`."""
    return json.loads(path.read_text("utf-8"))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Indented UTF-8 JSON with a final newline."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _entry(path: Path) -> dict[str, Any]:
    return {"sha256": file_sha256(path), "bytes": path.stat().st_size}
