"""Where a registry or a backlog keeps its bytes: a folder, or a bucket of an object store.

In: a folder or a URL that fsspec knows (`s3://bucket/models`). Out: `Storage`, files by name below
it; `create` is what versions, promotions and a backlog's parts rest on: all of a file or none of
it, and never over one that is there. What the files mean is left to those who name them.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from modsvc.errors import NotFound, RegistryError


class Storage:
    """Files below one place, by relative names with `/` between their parts.

    Every method raises RegistryError where the place cannot be reached, read or written.
    """

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        try:
            # Listings must be those of now: others write here, too.
            self._files: Any
            self._files, root = fsspec.url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise RegistryError(
                f"{url} is no place to keep files ({error}): give a folder, or s3://bucket/folder "
                "with modsvc[s3] installed."
            ) from error
        self._root = PurePosixPath(root)
        self._is_folder = "file" in _protocols(self._files)

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises NotFound where there is no such file."""
        with self._reached(name):
            found: bytes = self._files.cat_file(self._path(name))
            return found

    def create(self, name: str, data: bytes) -> None:
        """Write a new file, whole or not at all. Raises FileExistsError where there is one.

        In a folder by a hard link, in an object store by a conditional write.
        """
        with self._reached():
            if self._is_folder:
                _create(Path(self._path(name)), data)
            else:
                self._files.pipe_file(self._path(name), data, mode="create")

    def upload(self, file: Path, name: str) -> None:
        """Copy a local file here, over one that is there."""
        with self._reached():
            if self._is_folder:
                Path(self._path(name)).parent.mkdir(parents=True, exist_ok=True)
            self._files.put_file(str(file), self._path(name))

    def download(self, name: str, file: Path) -> None:
        """Copy a file from here. Raises NotFound where there is no such file."""
        with self._reached(name):
            self._files.get_file(self._path(name), str(file))

    def names(self, folder: str) -> list[str]:
        """The last parts of what lies in a folder, sorted; none where there is no such folder."""
        with self._reached():
            try:
                found = self._files.ls(self._path(folder), detail=False)
            except FileNotFoundError:
                return []
        names = (PurePosixPath(path).name for path in found)
        # An object store may keep an empty object in a folder's name; a folder, half a file.
        return sorted(
            name for name in names if name != PurePosixPath(folder).name and name[0] != "."
        )

    def _path(self, name: str) -> str:
        return str(self._root / name)

    @contextmanager
    def _reached(self, wanted: str | None = None) -> Iterator[None]:
        """`wanted` is the file that may be missing, None where none is asked for."""
        try:
            yield
        except FileExistsError:
            raise
        # Whatever a library raises: no credentials, no network, no right, no such bucket.
        except Exception as error:
            if isinstance(error, FileNotFoundError) and wanted is not None:
                raise NotFound(
                    f"{self.url} has no {wanted}: check the address and what was removed there."
                ) from None
            raise RegistryError(
                f"{self.url} cannot be used ({type(error).__name__}: {error}): check the address, "
                "the right to read and write there, and for a bucket the AWS_* variables."
            ) from error


def _protocols(files: Any) -> tuple[str, ...]:
    found: str | tuple[str, ...] = files.protocol
    return (found,) if isinstance(found, str) else found


def _create(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    finally:
        os.unlink(part)
