"""A file, folder, pattern or bucket → the files of texts in it.

In: a path or a URL that fsspec knows. Out: an `Input` for each file, by name, and a stream that can
be read from anywhere in it. Files and folders whose names begin with `_` or `.` are not looked at,
as Spark, Ray and pyarrow do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple, cast

from modsvc.backlog.formats import Format, choose_formats, is_known
from modsvc.errors import InputError


class Input(NamedTuple):
    """One file. `name` is relative to what was given; `token` changes when the file does."""

    name: str
    url: str
    token: str
    read: Format
    written: Format


def find_inputs(source: str, target: str, given: Format | None) -> list[Input]:
    """The files below `source`, sorted by name, each with its formats (`choose_formats`).

    Without a format that is `given`, files whose extension tells none are left out. Raises
    InputError where there is no file, or the place cannot be reached.
    """
    with _reached(source):
        files, path = _open(source)
        root = PurePosixPath(path)
        if files.isfile(path):
            found = {path: files.info(path)}
            root = root.parent
        elif "*" in path:
            found = files.glob(path, detail=True)
            root = PurePosixPath(path.partition("*")[0] + "x").parent
        else:
            found = files.find(path, detail=True)
    inputs = []
    for place, info in sorted(found.items()):
        name = str(PurePosixPath(place).relative_to(root))
        hidden = any(part[0] in "_." for part in PurePosixPath(name).parts)
        if info["type"] != "file" or hidden or (given is None and not is_known(Path(name))):
            continue
        url = str(files.unstrip_protocol(place))
        read, written = choose_formats(Path(name), Path(target), given)
        inputs.append(Input(name, url, _token(info), read, written))
    if not inputs:
        raise InputError(
            f"There is no file of texts in {source}: correct --input, or name the files' format "
            "with --format where their extensions do not tell."
        )
    return inputs


@contextmanager
def opened(url: str, token: str) -> Iterator[BinaryIO]:
    """The file, to read from anywhere. Raises InputError where it is not what it was."""
    with _reached(url):
        files, path = _open(url)
        if _token(files.info(path)) != token:
            raise InputError(f"{url} changed while it was scored: begin again in another --output.")
        stream = files.open(path, "rb", cache_type="readahead")
    with stream:
        yield cast(BinaryIO, stream)


def absolute(place: str) -> str:
    """A path or URL as one that means the same in another process."""
    with _reached(place):
        files, path = _open(place)
        return str(files.unstrip_protocol(path))


def _open(url: str) -> tuple[Any, str]:
    import fsspec

    # Listings must be those of now: a backlog runs for days.
    files, path = fsspec.url_to_fs(url, use_listings_cache=False)
    return files, str(path)


def _token(info: dict[str, Any]) -> str:
    """The file's size and what its store says of its contents, or else when it was written."""
    versions = (info.get(key) for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime"))
    return f"{info['size']}-{next((one for one in versions if one is not None), '')}"


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"There is no {url}: correct --input.") from error
    except ImportError as error:
        raise InputError(f"{url}: {error}; for s3://, `pip install 'modsvc[s3]'`.") from error
    # Whatever a library raises: no credentials, no network, no right, no such bucket.
    except Exception as error:
        raise InputError(
            f"{url} cannot be read ({type(error).__name__}: {error}): check the address, the right "
            "to read there, and for a bucket the AWS_* variables."
        ) from error
