"""A file → the pieces that can be scored on their own.

In: a binary stream, its format, and how many rows a piece may have. Out: `Piece`s, in order, that
together have every row of the file once; reading each gives what reading the file gives there.
The file is read once from start to end, but for Parquet, which says how many rows it has.
"""

import csv
from collections.abc import Iterator
from io import TextIOWrapper
from typing import BinaryIO

from modsvc.backlog.formats import Format
from modsvc.backlog.inputs import Input, opened
from modsvc.backlog.readers import (
    BOM,
    Piece,
    bare,
    csv_records,
    csv_text,
    open_parquet,
    read_header,
)


def cut_input(file: Input, rows: int) -> list[Piece]:
    """`cut` of an input where it lies. Raises InputError where it cannot be read."""
    with opened(file.url, file.token) as stream:
        return cut(stream, file.read, rows)


def cut(stream: BinaryIO, fmt: Format, rows: int) -> list[Piece]:
    """At least one piece, each of at most `rows` rows; that of an empty file has none.

    Raises InputError when the file as a whole cannot be read.
    """
    if fmt == "parquet":
        return _cut_rows(open_parquet(stream).metadata.num_rows, rows)
    if fmt == "csv":
        return _cut_csv(stream, rows)
    return _gathered(_line_ends(stream, blank=fmt == "txt"), rows, 0, 1, ())


def _cut_rows(total: int, rows: int) -> list[Piece]:
    starts = range(0, total, rows) or range(1)
    return [
        Piece(start, min(start + rows, total), start + 1, min(rows, total - start))
        for start in starts
    ]


def _line_ends(stream: BinaryIO, *, blank: bool) -> Iterator[tuple[int, int]]:
    """Where each record ends, in bytes and in lines; a `blank` line may be one."""
    end = 0
    for number, line in enumerate(stream, start=1):
        end += len(line)
        if blank or bare(number, line).strip():
            yield end, number


def _cut_csv(stream: BinaryIO, rows: int) -> list[Piece]:
    start = len(BOM) if stream.read(len(BOM)) == BOM else 0
    stream.seek(start)
    with csv_text(stream, whole=False) as text:
        counted = _Counted(text, start)
        records = csv.reader(counted, strict=True)
        header = read_header(records)
        first = records.line_num + 1
        ends = ((counted.bytes, records.line_num) for _ in csv_records(records))
        return _gathered(ends, rows, counted.bytes, first, header)


class _Counted(Iterator[str]):
    """The lines of a text, and the bytes that those read so far have."""

    def __init__(self, text: TextIOWrapper, start: int) -> None:
        self._text = text
        self.bytes = start

    def __next__(self) -> str:
        line = next(self._text)
        self.bytes += len(line.encode("utf-8", errors="surrogateescape"))
        return line


def _gathered(
    ends: Iterator[tuple[int, int]], rows: int, start: int, line: int, header: tuple[str, ...]
) -> list[Piece]:
    """Pieces of `rows` records each, which end at `ends`; the first begins at `start`, `line`."""
    pieces: list[Piece] = []
    held, stop, last = 0, start, line - 1
    for stop, last in ends:
        held += 1
        if held == rows:
            pieces.append(Piece(start, stop, line, held, header))
            held, start, line = 0, stop, last + 1
    if held or not pieces:
        pieces.append(Piece(start, stop, line, held, header))
    return pieces
