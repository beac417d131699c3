"""`python -m eval gate`: may a challenger take the champion's place?

In: two model folders, a corpus, perhaps reviews. Out: gate.json and gate.md; exit 1 for no.
"""

from pathlib import Path
from typing import Annotated

import typer

from eval.cli.common import (
    DEFAULT_CACHE,
    DEFAULT_CORPUS,
    DEFAULT_MODEL,
    Cache,
    Corpus,
    Draws,
    Split,
    Threads,
    console,
    tell_written,
)
from eval.defaults import RESAMPLES


def gate(
    challenger: Annotated[Path, typer.Argument(help="The model folder that is to be promoted.")],
    champion: Annotated[Path, typer.Option(help="The model folder that answers now.")] = (
        DEFAULT_MODEL
    ),
    corpus: Corpus = DEFAULT_CORPUS,
    split: Split = "dev",
    reviews: Annotated[
        Path | None,
        typer.Option(help="Reviewed texts, from: modsvc export reviews. Else the corpus's own."),
    ] = None,
    gold: Annotated[
        bool, typer.Option(help="Without a corpus, judge by reviews and cases: --no-gold.")
    ] = True,
    most: Annotated[
        int | None, typer.Option(min=50, help="At most so many texts of a language; else all.")
    ] = None,
    alpha: Annotated[
        float, typer.Option(min=0.0, max=0.5, help="Chance of refusing a model that is no worse.")
    ] = 0.05,
    tolerance: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="A loss that is taken in any figure.")
    ] = 0.0,
    output: Annotated[
        Path | None, typer.Option(help="Default: runs/gate/<challenger>-against-<champion>.")
    ] = None,
    threads: Threads = 2,
    resamples: Draws = RESAMPLES,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Whether a challenger may be promoted: exit 1 where a language is significantly worse."""
    from eval.gate import run as gating

    plan = gating.Plan(
        corpus=corpus if gold else None,
        split=split,
        reviews=reviews,
        most=most,
        alpha=alpha,
        tolerance=tolerance,
        resamples=resamples,
        threads=threads,
        cache=cache,
    )
    done = gating.run(challenger, champion, plan)
    names = f"{done.challenger.model_version}-against-{done.champion.model_version}"
    folder = output or Path("runs/gate") / names
    gating.write(done, folder)
    for reason in done.reasons:
        console.print(reason, style="red", markup=False, highlight=False, soft_wrap=True)
    word = "passed" if done.passed else "refused"
    console.print(f"{names}: {word}, {len(done.judged)} comparisons", highlight=False)
    tell_written(f"{folder}/{gating.REPORT}, {gating.PAGE}")
    if not done.passed:
        raise typer.Exit(1)
