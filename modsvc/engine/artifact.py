"""The model folder → a checked `Artifact`.

In: a folder with manifest.json, calibration.json, model.onnx, tokenizer.json and CARD.md.
Out: their paths and parsed contents, after every listed file has been found unaltered and
of a schema, label order and normaliser that this version serves. What the JSON files may say
is in `manifest`; opening the network and the tokenizer is left to `session` and `tokenise`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from modsvc.digests import file_sha256
from modsvc.engine.manifest import SCHEMA_VERSION, Calibration, FileEntry, Manifest
from modsvc.engine.normalise import NORMALISER_VERSION
from modsvc.errors import ArtifactError
from modsvc.labels import LABELS

MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
CALIBRATION_FILE: Final = "calibration.json"
MANIFEST_FILE: Final = "manifest.json"

_REQUIRED: Final = (MODEL_FILE, TOKENIZER_FILE, CALIBRATION_FILE)

_RESTORE: Final = "restore the folder from its release, or pack it again with `python -m training`"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model folder that was found complete and unaltered."""

    path: Path
    manifest: Manifest
    calibration: Calibration

    @property
    def model_version(self) -> str:
        """The version that scores and decisions are stored under."""
        return self.manifest.model_version

    @property
    def references(self) -> dict[str, tuple[float, ...]]:
        """By language, the score histogram that its traffic can be compared with."""
        languages = self.manifest.languages.items()
        return {
            code: known.score_histogram
            for code, known in languages
            if known.score_histogram is not None
        }


def load_artifact(folder: Path) -> Artifact:
    """Read and verify the model folder.

    Raises:
        ArtifactError: something is missing, altered or of another schema; the message names
            the file and what to do.
    """
    if not folder.is_dir():
        raise ArtifactError(
            f"{folder} is not a folder: point --model or MODSVC_MODEL_DIR at a model folder, "
            "one that holds manifest.json"
        )
    manifest = _parse(folder / MANIFEST_FILE, Manifest)
    for name in _REQUIRED:
        if name not in manifest.files:
            raise ArtifactError(f"{folder / MANIFEST_FILE} does not list {name}: {_RESTORE}")
    for name, entry in manifest.files.items():
        _verify_file(folder, name, entry)
    calibration = _parse(folder / CALIBRATION_FILE, Calibration)
    _check_agreement(folder, manifest, calibration)
    return Artifact(folder, manifest, calibration)


_Model = TypeVar("_Model", Manifest, Calibration)


def _parse(path: Path, model: type[_Model]) -> _Model:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ArtifactError(f"{path} is missing: {_RESTORE}") from None
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path} cannot be read as JSON ({error}): {_RESTORE}") from error
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if version != SCHEMA_VERSION:
        raise ArtifactError(
            f"{path} has schema_version {version!r}, this modsvc reads {SCHEMA_VERSION}: "
            "install the modsvc that packed the model, or pack it again with this one"
        )
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ArtifactError(f"{path}: {key}: {first['msg']}; {_RESTORE}") from None


def _verify_file(folder: Path, name: str, entry: FileEntry) -> None:
    path = folder / name
    if Path(name).name != name:
        raise ArtifactError(
            f"{folder / MANIFEST_FILE} lists {name!r}, not a plain name: {_RESTORE}"
        )
    try:
        digest = file_sha256(path)
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise ArtifactError(f"{path} is missing or unreadable ({reason}): {_RESTORE}") from None
    if digest != entry.sha256:
        size = path.stat().st_size
        raise ArtifactError(
            f"{path} was altered: sha256 {digest[:12]}… ({size} bytes), the manifest says "
            f"{entry.sha256[:12]}… ({entry.bytes} bytes); {_RESTORE}"
        )


def _check_agreement(folder: Path, manifest: Manifest, calibration: Calibration) -> None:
    if manifest.labels != LABELS:
        raise ArtifactError(
            f"{folder / MANIFEST_FILE}: labels are {list(manifest.labels)}, this modsvc reads "
            f"{list(LABELS)} in that order: install the modsvc that packed the model"
        )
    if manifest.normaliser != NORMALISER_VERSION:
        raise ArtifactError(
            f"{folder / MANIFEST_FILE}: trained with normaliser {manifest.normaliser}, this "
            f"modsvc has {NORMALISER_VERSION}: install the modsvc that packed the model, or retrain"
        )
    if missing := [label for label in LABELS if label not in calibration.outputs]:
        raise ArtifactError(
            f"{folder / CALIBRATION_FILE}: no calibration for {', '.join(missing)}: {_RESTORE}"
        )
    if unknown := [label for label in calibration.operating_points if label not in LABELS]:
        raise ArtifactError(
            f"{folder / CALIBRATION_FILE}: operating points for unknown {', '.join(unknown)}: "
            f"{_RESTORE}"
        )
