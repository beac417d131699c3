"""Versions: model folders that are added once, never changed, and fetched whole.

In: model folders, as `python -m training run` packs them, and reports about them. Out: `Version`s,
and folders that the service can load. A version's record is written last, so what an upload that
was stopped left behind is no version. Which of them answers is left to `champions`.

Layout: `versions/<version>/version.json`, `versions/<version>/<hash>/` with the model's files,
`versions/<version>/reports/<hash>-<name>`.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from modsvc.digests import file_sha256
from modsvc.engine.artifact import MANIFEST_FILE, Artifact, load_artifact
from modsvc.errors import ArtifactError, Conflict, InputError, NotFound, RegistryError
from modsvc.registry.records import Version, parsed
from modsvc.registry.storage import Storage

_FOLDER: Final = "versions"
_RECORD: Final = "version.json"
#: So much of a hash tells files and folders apart.
_DIGITS: Final = 16


def add(
    storage: Storage, folder: Path, *, by: str, parent: str | None = None, note: str = ""
) -> Version:
    """Add the model in `folder`; the same once more changes nothing and gives what is there.

    Raises ArtifactError for a folder that the service would not load, NotFound for an unknown
    parent, Conflict where another model has this version.
    """
    artifact = load_artifact(folder)
    if parent is not None:
        get(storage, parent)
    version = _described(artifact, by=by, parent=parent, note=note)
    if (there := _find(storage, version.version)) is None:
        place = _model_folder(version)
        for name in (*version.files, MANIFEST_FILE):
            storage.upload(folder / name, f"{place}/{name}")
        try:
            storage.create(_record(version.version), version.model_dump_json(indent=1).encode())
            return version
        except FileExistsError:
            # Somebody added it in this moment.
            there = get(storage, version.version)
    if there.manifest_sha256 != version.manifest_sha256:
        raise Conflict(
            f"The registry has another model as {version.version}, and versions do not change: "
            "pack this one again, so that it gets a version of its own."
        )
    return there


def get(storage: Storage, version: str) -> Version:
    """One version. Raises NotFound."""
    found = _find(storage, version)
    if found is None:
        raise NotFound(
            f"{storage.url} has no version {version}: see `modsvc models list`, or add it with "
            "`modsvc models add FOLDER`."
        )
    return found


def everything(storage: Storage) -> list[Version]:
    """All versions, in the order in which they were added."""
    found = [_find(storage, name) for name in storage.names(_FOLDER)]
    return sorted((one for one in found if one is not None), key=lambda one: one.added)


def attach(storage: Storage, version: str, files: Sequence[Path]) -> list[str]:
    """Keep reports beside a version; returns their names. The same once more changes nothing.

    Raises NotFound for an unknown version, InputError for a file that cannot be read.
    """
    get(storage, version)
    names = []
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise InputError(f"{file} cannot be read ({error.strerror}): name a report.") from error
        name = f"{hashlib.sha256(data).hexdigest()[:_DIGITS]}-{file.name}"
        # Its name has its hash: one that is there is the same.
        with suppress(FileExistsError):
            storage.create(f"{_reports(version)}/{name}", data)
        names.append(name)
    return names


def reports(storage: Storage, version: str) -> dict[str, bytes]:
    """The JSON reports beside a version, by name."""
    names = storage.names(_reports(version))
    return {
        name: storage.read(f"{_reports(version)}/{name}")
        for name in names
        if name.endswith(".json")
    }


def fetch(storage: Storage, version: str, root: Path) -> Path:
    """The version's folder below `root`, under its name: as it was added, or not there at all.

    Raises NotFound for an unknown version, RegistryError where what was fetched is not what was
    added, Conflict where something else has the folder's name.
    """
    found = get(storage, version)
    target = root / found.version
    if target.is_dir():
        _check(target, found, Conflict, "move that folder away, and fetch again.")
        return target
    root.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=root))
    try:
        for name in (*found.files, MANIFEST_FILE):
            storage.download(f"{_model_folder(found)}/{name}", part / name)
        _check(part, found, RegistryError, "restore the registry from a copy.")
        # As any folder that was made here, and not for its owner alone.
        part.chmod(0o777 & ~_umask())
        os.rename(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def _described(artifact: Artifact, *, by: str, parent: str | None, note: str) -> Version:
    manifest = artifact.manifest
    try:
        return Version(
            version=manifest.model_version,
            manifest_sha256=file_sha256(artifact.path / MANIFEST_FILE),
            files=manifest.files,
            tier=manifest.tier,
            parent=parent,
            added=datetime.now(UTC),
            by=by,
            note=note,
        )
    except ValidationError as error:
        raise ArtifactError(
            f"{artifact.path / MANIFEST_FILE}: {manifest.model_version!r} is no name for a "
            "version: at most 100 letters, digits, dots and dashes."
        ) from error


def _find(storage: Storage, version: str) -> Version | None:
    try:
        return parsed(Version, storage.read(_record(version)), _record(version))
    except NotFound:
        return None


def _check(folder: Path, version: Version, kind: type[RegistryError | Conflict], todo: str) -> None:
    try:
        load_artifact(folder)
        same = file_sha256(folder / MANIFEST_FILE) == version.manifest_sha256
        why = "its manifest is another one"
    except ArtifactError as error:
        same, why = False, str(error)
    if not same:
        raise kind(f"{folder.name} is not {version.version} as it was added ({why}): {todo}")


def _umask() -> int:
    # The only way to ask is to set.
    os.umask(mask := os.umask(0o022))
    return mask


def _record(version: str) -> str:
    return f"{_FOLDER}/{version}/{_RECORD}"


def _reports(version: str) -> str:
    return f"{_FOLDER}/{version}/reports"


def _model_folder(version: Version) -> str:
    return f"{_FOLDER}/{version.version}/{version.manifest_sha256[:_DIGITS]}"
