"""The model and the policy, as they travel to the machines of a cluster.

In: settings. Out: a `Parcel` of plain bytes, and from it the pipeline again, on a machine that has
neither the files nor the settings. Nothing secret is in it, and no machine can score by another
model than the one that the command was given.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from modsvc.backlog.plan import Decided
from modsvc.engine.artifact import MANIFEST_FILE, load_artifact
from modsvc.pipeline import Pipeline
from modsvc.policy.document import read_document, version_of
from modsvc.settings import Settings

_POLICY: Final = "policy.yaml"


@dataclass(frozen=True, slots=True)
class Parcel:
    """The files of a model by name, the policy's text, and the settings that concern scoring."""

    model: dict[str, bytes]
    policy: bytes | None
    cache_size: int
    early_exit: bool


def pack(settings: Settings, language: str | None) -> tuple[Parcel, Decided]:
    """What is needed to score, and what it is called. Raises ArtifactError or PolicyError."""
    artifact = load_artifact(settings.model_dir)
    document = read_document(settings.policy_file)
    names = (MANIFEST_FILE, *artifact.manifest.files)
    model = {name: (artifact.path / name).read_bytes() for name in names}
    policy = None if settings.policy_file is None else settings.policy_file.read_bytes()
    decided = Decided(
        model_version=artifact.model_version,
        model_sha256=hashlib.sha256(model[MANIFEST_FILE]).hexdigest(),
        policy_version=version_of(document),
        early_exit=settings.early_exit,
        language=language,
    )
    return Parcel(model, policy, settings.cache_size, settings.early_exit), decided


def unpack(parcel: Parcel, threads: int) -> Pipeline:
    """The pipeline that scores on `threads` threads; nothing of it stays on the disk."""
    with TemporaryDirectory(prefix="modsvc-") as name:
        folder = Path(name)
        model = folder / "model"
        model.mkdir()
        for file, data in parcel.model.items():
            (model / file).write_bytes(data)
        policy = None
        if parcel.policy is not None:
            policy = folder / _POLICY
            policy.write_bytes(parcel.policy)
        # Not from the environment, which is this machine's and not the command's.
        settings = Settings.model_construct(
            model_dir=model,
            policy_file=policy,
            threads=threads,
            cache_size=parcel.cache_size,
            early_exit=parcel.early_exit,
        )
        return Pipeline.load(settings)
