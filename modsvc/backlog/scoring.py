"""Rows → output rows, through the pipeline, in order.

In: rows and a function that writes. Out: what was done so far, after every chunk. Memory does not
grow with the rows. Where rows come from and go to is left to `readers` and `writers`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from modsvc.backlog.rows import BadRow, Row, to_output
from modsvc.backlog.writers import Write
from modsvc.pipeline import Pipeline

#: Rows scored together: enough for the engine to sort by length, few enough to show progress.
CHUNK: Final = 256


class Totals(NamedTuple):
    """What a run did. `errors` of the `rows` were malformed."""

    rows: int
    errors: int


def score_rows(pipeline: Pipeline, rows: Iterable[Row | BadRow], write: Write) -> Iterator[Totals]:
    """Score and write one chunk after the other; the totals after each.

    Raises EngineFailure when the model fails.
    """
    done = errors = 0
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        write(score_chunk(pipeline, chunk))
        done += len(chunk)
        errors += sum(isinstance(row, BadRow) for row in chunk)
        yield Totals(done, errors)


def score_chunk(pipeline: Pipeline, chunk: Sequence[Row | BadRow]) -> list[dict[str, Any]]:
    """The output rows of one chunk: decisions, and error rows where the input was bad."""
    judged = iter(pipeline.decide_batch([row.content for row in chunk if isinstance(row, Row)]))
    return [
        to_output(row, *next(judged))
        if isinstance(row, Row)
        else {"line": row.line, "error": row.error}
        for row in chunk
    ]
