"""Records → JSON Lines, CSV or Parquet, in a stream and in constant memory.

In: records and the types of their columns. Out: bytes. Nested values are JSON in CSV and
Parquet; in CSV, words that a spreadsheet would take for a formula get an apostrophe first.
"""

import csv
import importlib.util
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO, Final, Literal, get_args

from modsvc.errors import InputError

Format = Literal["jsonl", "csv", "parquet"]
Record = Mapping[str, Any]

#: A column's name and its type in Parquet.
Columns = Mapping[str, str]

FORMATS: Final[tuple[Format, ...]] = get_args(Format)

#: What browsers and mail programs call each.
MEDIA_TYPES: Final[Mapping[Format, str]] = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}

_AT_ONCE: Final = 1000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def check(fmt: str) -> None:
    """Raise InputError for a format that is unknown, or cannot be written here."""
    if fmt not in FORMATS:
        raise InputError(f"An export is written as {', '.join(FORMATS)}.")
    if fmt == "parquet" and importlib.util.find_spec("pyarrow") is None:
        raise InputError("Parquet needs pyarrow: install modsvc[parquet].")


def parts(records: Iterable[Record], columns: Columns, fmt: Format) -> Iterator[bytes]:
    """The file, part by part, as the records come. Raises InputError, see `check`.

    Every record has every column, and no other.
    """
    check(fmt)
    makers = {"jsonl": _jsonl, "csv": _csv, "parquet": _parquet}
    return makers[fmt](records, columns)


def write(records: Iterable[Record], columns: Columns, stream: BinaryIO, fmt: Format) -> int:
    """Write all records; how many there were. Otherwise as `parts`."""
    count = 0

    def counted() -> Iterator[Record]:
        nonlocal count
        for record in records:
            count += 1
            yield record

    for part in parts(counted(), columns, fmt):
        stream.write(part)
    return count


def _jsonl(records: Iterable[Record], columns: Columns) -> Iterator[bytes]:
    for some in _batches(records):
        rows = ({name: record[name] for name in columns} for record in some)
        yield b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _csv(records: Iterable[Record], columns: Columns) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for some in _batches(records):
        writer.writerows([_cell(record[name]) for name in columns] for record in some)
        yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    written = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return written


def _parquet(records: Iterable[Record], columns: Columns) -> Iterator[bytes]:
    import pyarrow
    from pyarrow import parquet

    schema, sink = pyarrow.schema(columns.items()), _Sink()
    with parquet.ParquetWriter(sink, schema) as writer:
        for some in _batches(records):
            rows = [{name: _flat(record[name]) for name in columns} for record in some]
            writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """A file whose bytes are taken away as they come."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        copied = bytes(data)
        self._waiting.append(copied)
        return len(copied)

    def taken(self) -> bytes:
        waiting = b"".join(self._waiting)
        self._waiting.clear()
        return waiting


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    left = iter(records)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _cell(value: Any) -> Any:
    flat = _flat(value)
    return f"'{flat}" if isinstance(flat, str) and flat.startswith(_FORMULA) else flat
