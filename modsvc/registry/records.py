"""What a registry writes down: `Version`, `Promotion`, and the `Verdict` of a gate.

In: JSON of the registry or of `python -m eval gate`. Out: checked values. All of them are written
once and never again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from modsvc.engine.manifest import FileEntry
from modsvc.errors import RegistryError

#: The names that stand for a version: the one that answers, and the one before it.
CHAMPION: Final = "champion"
PREVIOUS: Final = "previous"

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1


class Version(_Record):
    """A model folder as it was added.

    `version` is the model version of its manifest, and `manifest_sha256` stands for the whole
    folder, because the manifest has the hash of every other file. `parent` is the version that it
    was trained or calibrated from, None where that is not in the registry.
    """

    version: Name
    manifest_sha256: Sha256
    files: Mapping[str, FileEntry]
    tier: str
    parent: Name | None
    added: datetime
    by: str
    note: str


class Promotion(_Record):
    """One line of the history: `version` answers from now on instead of `before`.

    `gate` is the name of the report that allowed it; None for a rollback, for the first champion,
    and where it was `forced`.
    """

    number: Annotated[int, Field(ge=1)]
    action: Literal["promote", "rollback"]
    version: Name
    before: Name | None
    at: datetime
    by: str
    reason: str
    gate: str | None = None
    forced: bool = False


class Side(BaseModel):
    """One of the two models that a gate compared."""

    model_config = ConfigDict(frozen=True)

    model_version: str
    manifest_sha256: Sha256


class Verdict(_Record):
    """What a registry reads of gate.json; the rest of it is for people.

    `reasons` say why the challenger was refused, and are empty where it was not.
    """

    kind: Literal["gate"]
    challenger: Side
    champion: Side
    passed: bool
    reasons: tuple[str, ...]


Record = TypeVar("Record", Version, Promotion)


def parsed(model: type[Record], data: bytes, name: str) -> Record:
    """The record in a file of the registry. Raises RegistryError where it is none."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise RegistryError(
            f"{name} in the registry is damaged ({error.error_count()} mistakes): restore it from "
            "a copy of the registry; nothing was changed."
        ) from error


def verdict_in(data: bytes) -> Verdict | None:
    """The verdict in a report, None where the report is about something else."""
    try:
        return Verdict.model_validate_json(data)
    except ValidationError:
        return None
