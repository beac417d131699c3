"""Gate reports as `python -m eval gate` writes them, as far as a registry reads them."""

import json
from pathlib import Path

from modsvc.digests import file_sha256
from modsvc.engine.artifact import MANIFEST_FILE


def write_verdict(path: Path, challenger: Path, champion: Path, *, passed: bool = True) -> Path:
    """A report of a gate between the models of two folders."""
    report = {
        "schema_version": 1,
        "kind": "gate",
        "challenger": _side(challenger),
        "champion": _side(champion),
        "passed": passed,
        "reasons": [] if passed else ["ru: macro-F1 at review fell by 0.21"],
        "findings": ["what people read"],
    }
    path.write_text(json.dumps(report), encoding="utf-8")
    return path


def _side(folder: Path) -> dict[str, str]:
    manifest = json.loads((folder / MANIFEST_FILE).read_text("utf-8"))
    return {
        "model_version": manifest["model_version"],
        "manifest_sha256": file_sha256(folder / MANIFEST_FILE),
    }
