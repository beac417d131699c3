"""Files → rows, one after the other, in constant memory.

In: a binary stream and its format. Out: a `Row` or a `BadRow` for every record, in order.
Text files are read as bytes and decoded line by line, so that a line in another encoding
is one bad row and not the end of the run.
"""

import csv
import json
from collections.abc import Iterator
from io import TextIOWrapper
from typing import Any, BinaryIO, Final

from modsvc.cli.formats import Format
from modsvc.cli.rows import COLUMNS, BadRow, Row, to_row
from modsvc.errors import InputError

_BOM: Final = b"\xef\xbb\xbf"
_PARQUET_ROWS: Final = 256

#: A cell of more characters than this is a missing quote, not a text.
_CSV_CELL: Final = 10_000_000


def read_rows(stream: BinaryIO, fmt: Format, language: str | None) -> Iterator[Row | BadRow]:
    """The rows of `stream`. Raises InputError when the file as a whole cannot be read."""
    readers = {"jsonl": _jsonl, "csv": _csv, "txt": _txt, "parquet": _parquet}
    return readers[fmt](stream, language)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(stream, start=1):
        bare = line.removeprefix(_BOM) if number == 1 else line
        yield number, bare.rstrip(b"\r\n")


def _txt(stream: BinaryIO, language: str | None) -> Iterator[Row | BadRow]:
    for number, line in _lines(stream):
        try:
            yield to_row(number, {"text": line.decode("utf-8")}, language)
        except UnicodeDecodeError:
            yield BadRow(number, "not UTF-8")


def _jsonl(stream: BinaryIO, language: str | None) -> Iterator[Row | BadRow]:
    for number, line in _lines(stream):
        if not line.strip():
            continue
        try:
            yield to_row(number, json.loads(line.decode("utf-8")), language)
        except UnicodeDecodeError:
            yield BadRow(number, "not UTF-8")
        except (ValueError, RecursionError):
            yield BadRow(number, "not JSON")


def _csv(stream: BinaryIO, language: str | None) -> Iterator[Row | BadRow]:
    csv.field_size_limit(_CSV_CELL)
    text = TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _csv_rows(text, language)
    finally:
        # The stream is its opener's to close.
        text.detach()


def _csv_rows(text: TextIOWrapper, language: str | None) -> Iterator[Row | BadRow]:
    rows = csv.reader(text, strict=True)
    try:
        header = next(rows, ["text"])
    except csv.Error as error:
        raise InputError(f"The first line of the CSV file is not CSV ({error}).") from error
    if "text" not in header:
        raise InputError('The CSV file has no column "text": name its columns in the first line.')
    while True:
        line = rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield BadRow(line, "not CSV")
            continue
        if cells:
            yield _csv_row(line, header, cells, language)


def _csv_row(line: int, header: list[str], cells: list[str], language: str | None) -> Row | BadRow:
    if len(cells) != len(header):
        return BadRow(line, f"{len(cells)} columns, but the first line has {len(header)}")
    if any("\ud800" <= character <= "\udfff" for cell in cells for character in cell):
        return BadRow(line, "not UTF-8")
    # An empty cell means absent everywhere but in the text, where it is an empty text.
    record = {
        name: cell for name, cell in zip(header, cells, strict=True) if cell or name == "text"
    }
    return to_row(line, record, language)


def _parquet(stream: BinaryIO, language: str | None) -> Iterator[Row | BadRow]:
    parquet = import_parquet()
    try:
        file = parquet.ParquetFile(stream)
    except Exception as error:
        raise InputError(f"The input is not a Parquet file ({type(error).__name__}).") from error
    wanted = [name for name in COLUMNS if name in file.schema_arrow.names]
    if "text" not in wanted:
        raise InputError('The Parquet file has no column "text": rename the column of the texts.')
    number = 0
    for batch in file.iter_batches(batch_size=_PARQUET_ROWS, columns=wanted):
        for record in batch.to_pylist():
            number += 1
            yield to_row(number, record, language)


def import_parquet() -> Any:
    """The module `pyarrow.parquet`. Raises InputError where the extra is not installed."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise InputError(
            "Parquet needs pyarrow: install it with `pip install 'modsvc[parquet]'`."
        ) from error
    return pyarrow.parquet
