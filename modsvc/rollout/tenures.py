"""Who answers, since when, by whose word: what is shown of models, and written down.

In: models as they come and go. Out: `Tenure`, and the events of the record that tell of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from modsvc.engine.artifact import CALIBRATION_FILE, MODEL_FILE, Artifact
from modsvc.store import events
from modsvc.store.columns import utcnow
from modsvc.store.writer import Writer

SWAPPED: Final = "model_swapped"
ROLLED_BACK: Final = "model_rolled_back"
SHADOW_SET: Final = "model_shadow_set"


@dataclass(frozen=True, slots=True)
class Tenure:
    """A model that answers, answered or is in the shadow; `actor` is who asked for it."""

    artifact: Artifact
    actor: str
    since: datetime = field(default_factory=utcnow)

    @property
    def version(self) -> str:
        """The version that it was packed under."""
        return self.artifact.model_version

    @property
    def folder(self) -> Path:
        """Where it was loaded from."""
        return self.artifact.path


@dataclass(frozen=True, slots=True)
class Failed:
    """A change that did not come about, or did not last, and why."""

    actor: str
    folder: Path
    reason: str
    at: datetime = field(default_factory=utcnow)


def same(one: Artifact, other: Artifact) -> bool:
    """Whether two folders hold the same model, calibration and all."""
    return one.manifest.files == other.manifest.files and one.model_version == other.model_version


def record(
    writer: Writer,
    kind: str,
    *,
    actor: str,
    before: str | None,
    now: Artifact | None,
    **more: Any,
) -> None:
    """Append the event of a change from one version to another; blocks.

    Raises StoreUnavailable, Overloaded.
    """
    data: dict[str, Any] = {"before": before, "version": None, **more}
    if now is not None:
        data.update(version=now.model_version, **_hashes(now))
    writer.submit(lambda session: events.append(session, kind, actor=actor, data=data)).result()


def _hashes(artifact: Artifact) -> Mapping[str, str]:
    files = artifact.manifest.files
    return {
        "model_sha256": files[MODEL_FILE].sha256,
        "calibration_sha256": files[CALIBRATION_FILE].sha256,
    }
