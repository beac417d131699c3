"""Readers for the file formats that the sources are published in.

In: a path. Out: dictionaries or lines of text, exactly as published. What the
columns mean is left to each source's converter.
"""

import csv
import gzip
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

csv.field_size_limit(1 << 24)


def read_csv(
    path: Path,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
    quoting: bool = True,
    fieldnames: list[str] | None = None,
) -> Iterator[dict[str, str]]:
    """Rows of a delimited file; `fieldnames` when it has no header, `quoting=False` for raw tabs.

    Missing trailing cells are empty strings.
    """
    style: Literal[0, 3] = csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE
    with path.open(encoding=encoding, newline="") as file:
        yield from csv.DictReader(
            file, fieldnames=fieldnames, delimiter=delimiter, quoting=style, restval=""
        )


def read_table(
    path: Path, *, delimiter: str = ",", encoding: str = "utf-8-sig"
) -> Iterator[list[str]]:
    """Rows of a delimited file by position, the header first."""
    with path.open(encoding=encoding, newline="") as file:
        yield from csv.reader(file, delimiter=delimiter)


def read_lines(path: Path, *, encoding: str = "utf-8-sig") -> list[str]:
    """Lines without their ends (`\\n` or `\\r\\n` only: other separators are part of the text)."""
    text = path.read_bytes().decode(encoding)
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines[:-1] if lines and not lines[-1] else lines


def read_xlsx(path: Path, sheet: str | None = None) -> Iterator[dict[str, Any]]:
    """Rows of one sheet (the first by default) as dictionaries keyed by its first row."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # Drop-down lists for a workbook's editors are lost, and they are no data.
        warnings.filterwarnings("ignore", "Data Validation extension", UserWarning)
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            cells = book[sheet] if sheet else book.worksheets[0]
            header, *rows = cells.iter_rows(values_only=True)
        finally:
            book.close()
    names = [str(cell) for cell in header]
    for row in rows:
        yield dict(zip(names, row, strict=False))


def read_jsonl_gz(path: Path) -> Iterator[Any]:
    """Objects of a gzipped file with one JSON value a line."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def read_conllu_comments(path: Path) -> Iterator[dict[str, str]]:
    """The `# key = value` comments of each sentence of a CoNLL-U file."""
    comments: dict[str, str] = {}
    for line in read_lines(path):
        if line.startswith("# ") and " = " in line:
            key, value = line[2:].split(" = ", 1)
            comments[key.strip()] = value
        elif not line and comments:
            yield comments
            comments = {}
    if comments:
        yield comments
