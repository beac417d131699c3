"""One copy of a network's weights in memory, for all processes of a machine.

In: a checked artefact, and a folder that is for this alone. Out: the path of a copy of its
network there, with its weights in a file of their own, as onnxruntime's kernels take them: that
file is mapped, not read, and so processes share its pages. Whoever comes first makes the copy;
one that is not as it was made is made again. Opening it is left to `session`.
"""

import fcntl
import hashlib
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import onnxruntime as ort
from pydantic import BaseModel, ValidationError

from modsvc import __version__
from modsvc.digests import file_sha256
from modsvc.engine.artifact import MODEL_FILE, Artifact
from modsvc.engine.manifest import FileEntry
from modsvc.engine.session import open_network
from modsvc.errors import ArtifactError

_RECORD: Final = "copy.json"
_LOCK: Final = ".lock"
#: Unfinished copies; whoever has the lock may take away what a process that was killed left.
_UNFINISHED: Final = ".new-"
_ROOM: Final = "room there for one and a half times the model"
#: What /proc/cpuinfo calls the kind of a processor, on x86 and on ARM.
_KIND: Final = frozenset(
    {"vendor_id", "cpu family", "model", "model name", "flags"}
    | {"CPU implementer", "CPU part", "Features"}
)


class _Record(BaseModel):
    """What the files of a copy were when it was made."""

    files: Mapping[str, FileEntry]


def shared_network(artifact: Artifact, folder: Path) -> Path:
    """Where in `folder` the artefact's network is, to be mapped; made there if it is not yet.

    Blocks while another process makes it. What is mapped may be deleted, but not written over.

    Raises:
        ArtifactError: the folder cannot be written, or others may write to the copy.
    """
    network = artifact.path / MODEL_FILE
    copy = folder / _name(artifact.manifest.files[MODEL_FILE].sha256)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(folder):
            if copy.exists() and not _is_whole(copy):
                shutil.rmtree(copy)
            if not copy.exists():
                _make(network, copy)
    except OSError as error:
        raise ArtifactError(
            f"MODSVC_SHARED_WEIGHTS_DIR: {error.filename or folder} cannot be used "
            f"({error.strerror or type(error).__name__}): name a folder that this user may write, "
            f"with {_ROOM}, or unset it"
        ) from error
    return copy / MODEL_FILE


def _name(sha256: str) -> str:
    """What a copy is called: after all that it depends on.

    Weights are kept as the kernels for this very processor take them.
    """
    here = f"{__version__}\0{_processor()}"
    return f"{sha256}-{ort.__version__}-{hashlib.sha256(here.encode()).hexdigest()[:16]}"


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    first = told.partition("\n\n")[0].splitlines()
    return "\n".join(line for line in first if line.partition(":")[0].strip() in _KIND)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Within, no other process looks at the folder's copies or makes one."""
    with (folder / _LOCK).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_whole(copy: Path) -> bool:
    """Whether a copy is as it was made. Raises ArtifactError where others could have made it so."""
    about = copy.lstat()
    if about.st_uid != os.geteuid() or about.st_mode & 0o022:
        raise ArtifactError(
            f"{copy} belongs to another user, or others may write to it: delete it, and give "
            "MODSVC_SHARED_WEIGHTS_DIR a folder that this user alone may write"
        )
    try:
        record = _Record.model_validate_json((copy / _RECORD).read_bytes())
        return all(_entry(copy / name) == entry for name, entry in record.files.items())
    except (FileNotFoundError, ValidationError):
        return False


def _make(network: Path, copy: Path) -> None:
    for left in copy.parent.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left)
    with TemporaryDirectory(prefix=_UNFINISHED, dir=copy.parent) as unfinished:
        made = Path(unfinished) / copy.name
        made.mkdir(mode=0o700)
        _save(network, made / MODEL_FILE)
        record = _Record(files={path.name: _entry(path) for path in made.iterdir()})
        (made / _RECORD).write_text(record.model_dump_json(), encoding="utf-8")
        for path in made.iterdir():
            path.chmod(0o400)
        made.rename(copy)


def _save(network: Path, target: Path) -> None:
    try:
        open_network(str(network), save_as=target)
    # onnxruntime's exceptions share no base class below Exception.
    except Exception as error:
        raise ArtifactError(
            f"onnxruntime {ort.__version__} could not write {network} to "
            f"MODSVC_SHARED_WEIGHTS_DIR ({type(error).__name__}): make {_ROOM}, or unset it"
        ) from error


def _entry(path: Path) -> FileEntry:
    return FileEntry(sha256=file_sha256(path), bytes=path.stat().st_size)
