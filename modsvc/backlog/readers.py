"""Files, or pieces of them, → rows, one after the other, in constant memory.

In: a binary stream, its format and, for a piece, where that lies. Out: a `Row` or a `BadRow` for
every record, in order; a piece gives what the whole file gives there, with the same line numbers.
Text files are read as bytes and decoded line by line, so that a line in another encoding
is one bad row and not the end of the run. Where pieces begin is left to `cuts`.
"""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from modsvc.backlog.formats import Format
from modsvc.backlog.rows import COLUMNS, BadRow, Row, to_row
from modsvc.errors import InputError

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

BOM: Final = b"\xef\xbb\xbf"
_PARQUET_ROWS: Final = 256

#: A cell of more characters than this is a missing quote, not a text.
_CSV_CELL: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """So many consecutive `rows` of a file.

    `start` and `stop` count bytes, in Parquet rows. `line` is the number of the first record, from
    1; `header` are the columns of a CSV file.
    """

    start: int
    stop: int
    line: int
    rows: int
    header: tuple[str, ...] = ()


def read_rows(
    stream: BinaryIO, fmt: Format, language: str | None, piece: Piece | None = None
) -> Iterator[Row | BadRow]:
    """The rows of `stream`, or of a piece of it, which is then held in memory.

    Raises InputError when the file as a whole cannot be read.
    """
    if fmt == "parquet":
        return _parquet(stream, language, piece)
    if piece is not None:
        stream.seek(piece.start)
        stream = BytesIO(stream.read(piece.stop - piece.start))
    readers = {"jsonl": _jsonl, "csv": _csv, "txt": _txt}
    return readers[fmt](stream, language, piece)


def bare(number: int, line: bytes) -> bytes:
    """A file's line without what ends it, and the first one without a byte order mark."""
    return (line.removeprefix(BOM) if number == 1 else line).rstrip(b"\r\n")


def _lines(stream: BinaryIO, piece: Piece | None) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(stream, start=1 if piece is None else piece.line):
        yield number, bare(number, line)


def _txt(stream: BinaryIO, language: str | None, piece: Piece | None) -> Iterator[Row | BadRow]:
    for number, line in _lines(stream, piece):
        try:
            yield to_row(number, {"text": line.decode("utf-8")}, language)
        except UnicodeDecodeError:
            yield BadRow(number, "not UTF-8")


def _jsonl(stream: BinaryIO, language: str | None, piece: Piece | None) -> Iterator[Row | BadRow]:
    for number, line in _lines(stream, piece):
        if not line.strip():
            continue
        try:
            yield to_row(number, json.loads(line.decode("utf-8")), language)
        except UnicodeDecodeError:
            yield BadRow(number, "not UTF-8")
        except (ValueError, RecursionError):
            yield BadRow(number, "not JSON")


def _csv(stream: BinaryIO, language: str | None, piece: Piece | None) -> Iterator[Row | BadRow]:
    with csv_text(stream, whole=piece is None) as text:
        records = csv.reader(text, strict=True)
        header = piece.header if piece is not None else read_header(records)
        first = 1 if piece is None else piece.line
        for before, cells in csv_records(records):
            if cells is None:
                yield BadRow(first + before, "not CSV")
            else:
                yield _csv_row(first + before, header, cells, language)


@contextmanager
def csv_text(stream: BinaryIO, *, whole: bool = True) -> Iterator[TextIOWrapper]:
    """The characters of a CSV file, or of a piece of it, in which no line end is changed."""
    csv.field_size_limit(_CSV_CELL)
    encoding = "utf-8-sig" if whole else "utf-8"
    text = TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
    try:
        yield text
    finally:
        # The stream is its opener's to close.
        text.detach()


def read_header(records: "CsvReader") -> tuple[str, ...]:
    """The columns that the first line names. Raises InputError where there is no text."""
    try:
        header = next(records, ["text"])
    except csv.Error as error:
        raise InputError(f"The first line of the CSV file is not CSV ({error}).") from error
    if "text" not in header:
        raise InputError('The CSV file has no column "text": name its columns in the first line.')
    return tuple(header)


def csv_records(records: "CsvReader") -> Iterator[tuple[int, list[str] | None]]:
    """The cells of each record, None where it is not CSV, after the lines that came before it."""
    while True:
        before = records.line_num
        try:
            cells = next(records)
        except StopIteration:
            return
        except csv.Error:
            yield before, None
            continue
        if cells:
            yield before, cells


def _csv_row(
    line: int, header: tuple[str, ...], cells: list[str], language: str | None
) -> Row | BadRow:
    if len(cells) != len(header):
        return BadRow(line, f"{len(cells)} columns, but the first line has {len(header)}")
    if any("\ud800" <= character <= "\udfff" for cell in cells for character in cell):
        return BadRow(line, "not UTF-8")
    # An empty cell means absent everywhere but in the text, where it is an empty text.
    record = {
        name: cell for name, cell in zip(header, cells, strict=True) if cell or name == "text"
    }
    return to_row(line, record, language)


def _parquet(stream: BinaryIO, language: str | None, piece: Piece | None) -> Iterator[Row | BadRow]:
    file = open_parquet(stream)
    columns = [name for name in COLUMNS if name in file.schema_arrow.names]
    start, stop = (piece.start, piece.stop) if piece else (0, file.metadata.num_rows)
    groups, number = _groups(file, start, stop)
    for batch in file.iter_batches(_PARQUET_ROWS, row_groups=groups, columns=columns):
        for record in batch.to_pylist():
            number += 1
            if start < number <= stop:
                yield to_row(number, record, language)


def open_parquet(stream: BinaryIO) -> Any:
    """A `pyarrow.parquet.ParquetFile` with texts. Raises InputError where it is not one."""
    parquet = import_parquet()
    try:
        file = parquet.ParquetFile(stream)
    except Exception as error:
        raise InputError(f"The input is not a Parquet file ({type(error).__name__}).") from error
    if "text" not in file.schema_arrow.names:
        raise InputError('The Parquet file has no column "text": rename the column of the texts.')
    return file


def _groups(file: Any, start: int, stop: int) -> tuple[list[int], int]:
    """The row groups that hold the rows from `start` to `stop`, and the rows before these."""
    groups: list[int] = []
    before = passed = 0
    for group in range(file.metadata.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if passed + rows <= start:
            before += rows
        elif passed < stop:
            groups.append(group)
        passed += rows
    return groups, before


def import_parquet() -> Any:
    """The module `pyarrow.parquet`. Raises InputError where the extra is not installed."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise InputError(
            "Parquet needs pyarrow: install it with `pip install 'modsvc[parquet]'`."
        ) from error
    return pyarrow.parquet
