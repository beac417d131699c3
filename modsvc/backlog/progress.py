"""How far a run has come, on standard error, where somebody looks.

In: rows, as they are done. Out: a line that is gone at the end; nothing where there is no terminal.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def progress(total: int | None = None, done: int = 0) -> Iterator[Callable[[int], None]]:
    """A function that is told of so many more rows; `done` of the `total` were before."""
    console = Console(stderr=True)
    known = "" if total is None else f" of {total}"
    with Progress(
        SpinnerColumn(),
        TextColumn(f"{{task.completed}}{known} rows scored"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as shown:
        task = shown.add_task("", total=total, completed=done)
        yield lambda rows: shown.advance(task, rows)
