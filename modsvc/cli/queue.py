"""`modsvc queue`: what people are asked about beside what the policy flags.

In: languages and a number. Out: a table without words, and on request items in the queue. The work
is done by `modsvc.review.suggest`, imported inside the command so that `--help` answers at once.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from modsvc.cli.common import complain, opened, operator

if TYPE_CHECKING:
    from rich.table import Table

    from modsvc.review.suggest.suggest import Suggestion

app = typer.Typer(help="Choose what people are asked about.", no_args_is_help=True)


# A group of its own, so that it stays `modsvc queue suggest` when others come.
@app.callback()
def queue() -> None:
    """Choose what people are asked about."""


@app.command()
def suggest(
    language: Annotated[
        list[str] | None, typer.Option(help="Only these languages (BCP-47); else all.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Texts in all.")] = 50,
    days: Annotated[int, typer.Option(min=1, help="Decisions of so many days.")] = 30,
    add: Annotated[bool, typer.Option("--add", help="Put them into the queue.")] = False,
    seed: Annotated[
        int | None, typer.Option(help="For the same draw again; else another each time.")
    ] = None,
) -> None:
    """Pick what is worth a person's minute, and say why; no text is shown."""
    with opened(current=True) as (database, settings):
        from rich.console import Console

        from modsvc.review.suggest import label_errors
        from modsvc.review.suggest.enqueue import enqueue
        from modsvc.review.suggest.suggest import Asked
        from modsvc.review.suggest.suggest import suggest as pick
        from modsvc.store.columns import utcnow

        now = utcnow()
        asked = Asked(
            limit=limit,
            since=now - timedelta(days=days),
            received_since=now - timedelta(days=settings.retention_days),
            now=now,
            languages=language or (),
            seed=time.time_ns() if seed is None else seed,
        )
        with database.reading() as session:
            found = pick(session, asked)
        Console().print(_table(found))
        if not label_errors.installed():
            complain("doubtful reviews were not looked for: install modsvc[active].")
        if add:
            with database.transaction() as session:
                made = enqueue(session, found, actor=operator(), now=now)
            print(f"{len(made)} of them are in the queue now.")


def _table(found: Sequence["Suggestion"]) -> "Table":
    from rich.table import Table

    table = Table("language", "why", "strength", "probability", "content", title_justify="left")
    table.title = f"Worth a look: {len(found)}" if found else "Nothing is worth a look"
    for one in found:
        numbers = f"{one.score:.2f}", f"{one.probability:.2f}"
        table.add_row(one.language, one.reason, *numbers, one.content)
    return table
