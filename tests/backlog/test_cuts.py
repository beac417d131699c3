"""Whoever reads the pieces of a file, in any order, has read the file."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modsvc.backlog.cuts import cut
from modsvc.backlog.formats import Format
from modsvc.backlog.readers import read_rows
from tests.backlog.rows import write_inputs

FILES: dict[Format, str] = {
    "jsonl": "dt=2026-01-01/a.jsonl",
    "csv": "dt=2026-01-01/b.csv",
    "txt": "dt=2026-01-02/c.txt",
    "parquet": "dt=2026-01-02/d.parquet",
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_inputs(tmp_path_factory.mktemp("in") / "comments", 40)


def check(data: bytes, fmt: Format, rows: int) -> None:
    whole = list(read_rows(BytesIO(data), fmt, None))
    pieces = cut(BytesIO(data), fmt, rows)
    assert [one.rows for one in pieces] == [
        *[rows] * (len(pieces) - 1),
        len(whole) - rows * (len(pieces) - 1),
    ]
    read = [list(read_rows(BytesIO(data), fmt, None, piece)) for piece in reversed(pieces)]
    assert [row for piece in reversed(read) for row in piece] == whole


@pytest.mark.parametrize("fmt", FILES)
@pytest.mark.parametrize("rows", [1, 2, 7, 13, 1000])
def test_pieces_together_are_the_file(inputs: Path, fmt: Format, rows: int) -> None:
    check((inputs / FILES[fmt]).read_bytes(), fmt, rows)


@pytest.mark.parametrize("fmt", ["jsonl", "csv", "txt"])
def test_an_empty_file_is_one_piece_without_rows(fmt: Format) -> None:
    [piece] = cut(BytesIO(b""), fmt, 10)
    assert piece.rows == 0
    assert list(read_rows(BytesIO(b""), fmt, None, piece)) == []


def _files(alphabet: list[bytes]) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(alphabet), max_size=40).map(b"".join)


LINES = [b'{"text": "a"}', b"\n", b"\r\n", b"\r", b" ", b"x", b"\xff", b"\xef\xbb\xbf", b"\xc2\x85"]
CELLS = [b"a", b",", b'"', b"\n", b"\r\n", b"\r", b"\xff", b"\xef\xbb\xbf", b"\xc3\xa9", b" "]


@settings(max_examples=150, deadline=None)
@given(data=_files(LINES), rows=st.integers(1, 4))
def test_whatever_stands_in_lines(data: bytes, rows: int) -> None:
    check(data, "jsonl", rows)
    check(data, "txt", rows)


@settings(max_examples=300, deadline=None)
@given(data=_files(CELLS), rows=st.integers(1, 4))
def test_whatever_stands_in_cells(data: bytes, rows: int) -> None:
    check(b"text,id\n" + data, "csv", rows)
    check(b"\xef\xbb\xbftext,id\r" + data, "csv", rows)
