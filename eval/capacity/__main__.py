"""`python -m eval.capacity`: rate, memory, growth and cost, each a command.

In: a model folder, and for the cost what a core costs. Out: lines on the terminal, which
docs/capacity.md has from one machine. What is measured is in the modules of the commands' names.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.capacity import cost as costs
from eval.capacity import growth as growths
from eval.capacity import memory as memories
from eval.capacity import rate as rates
from eval.errors import EvalError
from modsvc.errors import ModsvcError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Model = Annotated[Path, typer.Option(help="The model folder.")]
DEFAULT_MODEL = Path("models/default")


@app.command()
def rate(
    model: Model = DEFAULT_MODEL,
    texts: Annotated[int, typer.Option(min=64, help="How many, of real lengths.")] = 4096,
    threads: Annotated[list[int] | None, typer.Option(help="Of one process.")] = None,
    actors: Annotated[list[int] | None, typer.Option(help="Engines on Ray.")] = None,
) -> None:
    """Texts a second of `modsvc score`, on threads and on Ray."""
    for one in rates.measure(model, texts, threads or (), actors or ()):
        cores = "" if one.core_ms is None else f", {one.core_ms:.1f} ms of a core each"
        _say(f"{one.name}: {one.per_second:.1f} texts/s{cores}; load {os.getloadavg()[0]:.1f}")


@app.command()
def memory(
    model: Model = DEFAULT_MODEL,
    workers: Annotated[int, typer.Option(min=1, help="Services side by side.")] = 2,
    shared_weights: Annotated[
        bool, typer.Option("--shared-weights", help="With MODSVC_SHARED_WEIGHTS_DIR.")
    ] = False,
) -> None:
    """What services side by side take in memory."""
    found = memories.measure(model, workers, shared_weights=shared_weights)
    for one in found:
        _say(
            f"resident {one.resident:.0f} MB, share {one.share:.0f}, private {one.private:.0f}, "
            f"of no file {one.anonymous:.0f}"
        )
    _say(f"{len(found)} services: {sum(one.share for one in found):.0f} MB")


@app.command()
def growth(
    model: Model = DEFAULT_MODEL,
    texts: Annotated[int, typer.Option(min=1, help="Texts to have decided.")] = 20_000,
    database_url: Annotated[str | None, typer.Option(help="Empty; default: SQLite.")] = None,
    folder: Annotated[Path, typer.Option(help="For log and database.")] = Path("runs/capacity"),
) -> None:
    """What a database grows by for a million decisions."""
    _say(growths.measure(model, texts, database_url, folder).render())


@app.command()
def cost(
    rate: Annotated[float, typer.Option(min=1e-6, help="Texts a second of one core.")],
    price: Annotated[float, typer.Option(min=0, help="Of a core, an hour.")],
) -> None:
    """What a million texts cost, and the cores for 10, 1,000 and 100,000 a second."""
    _say(f"a million texts: {costs.per_million(rate, price):.2f}")
    for one in costs.needs(rate, price):
        _say(f"{one.rate:,} texts/s: cores {one.cores:,}, {one.month:,.0f} a month")


def _say(line: str) -> None:
    Console().print(line, highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command line; an error that was foreseen is one line and exit code 2."""
    try:
        app()
    except (EvalError, ModsvcError) as error:
        Console(stderr=True).print(f"error: {error}", markup=False, style="red")
        sys.exit(2)


if __name__ == "__main__":
    main()
