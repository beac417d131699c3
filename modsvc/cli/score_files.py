"""`modsvc score`: a file of texts in, a file of decisions out, row by row and in order.

In: paths and formats. Out: the number of rows and of error rows. Memory does not grow with
the file: rows go through in chunks. Formats are left to `readers` and `writers`.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from modsvc.cli.formats import Format
from modsvc.cli.readers import read_rows
from modsvc.cli.rows import BadRow, Row, to_output
from modsvc.cli.writers import open_output, open_writer
from modsvc.errors import InputError
from modsvc.pipeline import Pipeline

#: Rows scored together: enough for the engine to sort by length, few enough to show progress.
_CHUNK: Final = 256


class Totals(NamedTuple):
    """What a run did. `errors` of the `rows` were malformed."""

    rows: int
    errors: int


def score_file(
    pipeline: Pipeline,
    source: Path | None,
    target: Path | None,
    formats: tuple[Format, Format],
    language: str | None,
) -> Totals:
    """Score every row of `source` into `target`.

    Raises InputError when the input as a whole cannot be read, and EngineFailure when the
    model fails; `target` is then left as it was.
    """
    rows = errors = 0
    with (
        _open_input(source) as stream,
        open_output(target) as out,
        open_writer(out, formats[1]) as write,
        _progress() as progress,
    ):
        task = progress.add_task("scored", total=None)
        for chunk in _chunks(read_rows(stream, formats[0], language)):
            output = score_chunk(pipeline, chunk)
            write(output)
            rows += len(output)
            errors += sum(isinstance(row, BadRow) for row in chunk)
            progress.update(task, completed=rows)
    return Totals(rows, errors)


def score_chunk(pipeline: Pipeline, chunk: Sequence[Row | BadRow]) -> list[dict[str, Any]]:
    """The output rows of one chunk: decisions, and error rows where the input was bad."""
    judged = iter(pipeline.decide_batch([row.content for row in chunk if isinstance(row, Row)]))
    return [
        to_output(row, *next(judged))
        if isinstance(row, Row)
        else {"line": row.line, "error": row.error}
        for row in chunk
    ]


def _chunks(rows: Iterable[Row | BadRow]) -> Iterator[list[Row | BadRow]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


@contextmanager
def _open_input(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdin.buffer
        return
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.") from error
    with stream:
        yield stream


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.completed} rows {task.description}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
