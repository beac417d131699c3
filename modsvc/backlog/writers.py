"""Output rows → files. A file appears under its name only when it is complete.

In: output rows (`modsvc.backlog.rows.to_output`) and error rows, in order. Out: JSON Lines,
CSV (categories flattened to columns) or Parquet (the same columns).
"""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, Final

from modsvc.backlog.formats import Format
from modsvc.backlog.readers import import_parquet
from modsvc.errors import InputError
from modsvc.labels import CATEGORIES

Write = Callable[[Sequence[dict[str, Any]]], None]

_COLUMNS: Final[dict[str, str]] = {
    "id": "string",
    "probability": "float64",
    "flagged": "bool",
    "action": "string",
    **{f"category_{name}": "float64" for name in CATEGORIES},
    "toxic_other": "float64",
    "language": "string",
    "supported": "bool",
    "truncated": "bool",
    "line": "int64",
    "error": "string",
}


@contextmanager
def open_output(path: Path | None) -> Iterator[BinaryIO]:
    """A binary stream to `path`, or to standard output for None.

    A file is written beside its name and renamed at the end; when the block raises, it
    is removed and what was there before stays.
    """
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        created = part.open("xb")
    except OSError as error:
        raise InputError(f"Cannot write to {path.parent}: {error.strerror}.") from error
    try:
        with created as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def open_writer(stream: BinaryIO, fmt: Format) -> Iterator[Write]:
    """A function that appends rows to `stream` in `fmt` (`txt` is written as `jsonl`)."""
    writers = {"jsonl": _jsonl, "txt": _jsonl, "csv": _csv, "parquet": _parquet}
    with writers[fmt](stream) as write:
        yield write


@contextmanager
def _jsonl(stream: BinaryIO) -> Iterator[Write]:
    # ASCII, because an id may hold a lone surrogate, which UTF-8 cannot.
    yield lambda rows: stream.writelines(json.dumps(row).encode() + b"\n" for row in rows)


@contextmanager
def _csv(stream: BinaryIO) -> Iterator[Write]:
    text = TextIOWrapper(stream, "utf-8", errors="replace", newline="")
    writer = csv.DictWriter(text, tuple(_COLUMNS), restval="")
    writer.writeheader()
    yield lambda rows: writer.writerows(_flat(row) for row in rows)
    text.flush()
    text.detach()


@contextmanager
def _parquet(stream: BinaryIO) -> Iterator[Write]:
    parquet = import_parquet()
    import pyarrow

    schema = pyarrow.schema(_COLUMNS.items())
    with parquet.ParquetWriter(stream, schema) as writer:

        def write(rows: Sequence[dict[str, Any]]) -> None:
            # A column has one type in Parquet, and the ids of other formats may mix two.
            flat = [{**_flat(row), "id": _text(row.get("id"))} for row in rows]
            writer.write_table(pyarrow.Table.from_pylist(flat, schema=schema))

        yield write


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    categories = {f"category_{name}": value for name, value in row.get("categories", {}).items()}
    return {**{name: value for name, value in row.items() if name != "categories"}, **categories}


def _text(identity: str | int | None) -> str | None:
    return None if identity is None else str(identity)
