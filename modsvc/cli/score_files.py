"""`modsvc score`: a file of texts in, a file of decisions out, row by row and in order.

In: paths and formats. Out: the number of rows and of error rows. Memory does not grow with
the file: rows go through in chunks. Formats, rows and scoring are left to `modsvc.backlog`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from modsvc.backlog.formats import Format
from modsvc.backlog.progress import progress
from modsvc.backlog.readers import read_rows
from modsvc.backlog.scoring import Totals, score_rows
from modsvc.backlog.writers import open_output, open_writer
from modsvc.errors import InputError
from modsvc.pipeline import Pipeline


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
    totals = Totals(0, 0)
    with (
        _open_input(source) as stream,
        open_output(target) as out,
        open_writer(out, formats[1]) as write,
        progress() as advance,
    ):
        for done in score_rows(pipeline, read_rows(stream, formats[0], language), write):
            advance(done.rows - totals.rows)
            totals = done
    return totals


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
