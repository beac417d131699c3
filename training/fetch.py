"""The declared files, downloaded at their commits and verified.

In: sources. Out: the files below a raw directory, each with the declared sha256.
A file that is already there and right is left alone; one that is wrong is never
replaced silently. Reading them is left to the converters.
"""

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from rich.progress import track

from modsvc.digests import file_sha256
from training.catalogue import Source, SourceFile
from training.errors import TrainingError

HOST = "https://raw.githubusercontent.com"
TIMEOUT_S = 60.0


def fetch(sources: Iterable[Source], raw_dir: Path, *, host: str = HOST) -> int:
    """Download what is missing and verify everything; returns the number of downloads.

    Raises:
        TrainingError: no network, no such file, or another hash; says which and what to do.
    """
    files = {file.local: file for source in sources for file in source.files}
    downloaded = 0
    for file in track(list(files.values()), description="fetch"):
        path = raw_dir / file.local
        if not path.is_file():
            _write(path, download(file, host))
            downloaded += 1
        verify(path, file)
    return downloaded


def download(file: SourceFile, host: str = HOST) -> bytes:
    """The file's bytes, as the host has them at the declared commit."""
    url = f"{host}/{file.repo}/{file.commit}/{urllib.parse.quote(file.path)}"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
            data: bytes = response.read()
            return data
    except urllib.error.HTTPError as error:
        raise TrainingError(
            f"{url} answered {error.code}: the repository or commit is gone; get the file from "
            f"elsewhere and put it at {file.local} below --raw-dir (its hash is checked)"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise TrainingError(
            f"{url} cannot be read ({error}): check the network, or give --raw-dir a folder "
            "that has the files"
        ) from error


def verify(path: Path, file: SourceFile) -> None:
    """Raise a TrainingError unless the file at `path` has the declared sha256."""
    found = file_sha256(path)
    if found != file.sha256:
        raise TrainingError(
            f"{path} has sha256 {found[:12]}…, declared is {file.sha256[:12]}…: delete it and "
            "fetch again; if it stays so, the published file has changed"
        )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
