"""`python -m eval load` and `model-swap`: a real service under a steady stream of texts.

In: a model folder, a pace. Out: of a load outcome.json, and exit 1 where something did not hold; of
changes of the model a line for each phase.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from eval.cli.common import DEFAULT_MODEL, Model, console, place, tell_written, write_json


def load(
    model: Model = DEFAULT_MODEL,
    rate: Annotated[float, typer.Option(help="Texts a second.")] = 200.0,
    seconds: Annotated[float, typer.Option(help="How long.")] = 60.0,
    kill: Annotated[int, typer.Option(min=0, help="So many kills -9 meanwhile.")] = 0,
    told: Annotated[float, typer.Option(help="Share of texts that a webhook is told of.")] = 0.25,
    settle: Annotated[
        float, typer.Option(help="Seconds to wait for webhooks and leases; below 75 some may stay.")
    ] = 180.0,
    later: Annotated[
        bool, typer.Option("--later", help="Prefer: respond-async, so that decisions follow.")
    ] = False,
    database_url: Annotated[
        str | None, typer.Option(help="An empty database; default: SQLite, in the folder.")
    ] = None,
    texts: Annotated[
        Path | None, typer.Option(help="Sentences, neutral and abusive; default: the bench's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of texts, people and kills.")] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="For log, database, outcome. Default: runs/load/<time>.")
    ] = None,
) -> None:
    """A real service under ingests, two reviewers and kills; then all that has to hold."""
    from eval.bench.texts import POOL_FILE
    from eval.load.run import Plan, run

    folder = place("load", folder)
    outcome = run(
        Plan(
            model=model,
            texts=texts or POOL_FILE,
            folder=folder,
            rate=rate,
            seconds=seconds,
            kills=kill,
            told_share=told,
            settle_s=settle,
            database_url=database_url,
            seed=seed,
            later=later,
        )
    )
    write_json(folder / "outcome.json", outcome.to_json())
    console.print(outcome.render())
    tell_written(f"{folder}/outcome.json")
    if outcome.faults:
        raise typer.Exit(1)


def model_swap(
    model: Model = DEFAULT_MODEL,
    rate: Annotated[float, typer.Option(help="Texts a second.")] = 30.0,
    seconds: Annotated[float, typer.Option(help="Of each phase.")] = 20.0,
) -> None:
    """What a change of the model, and a model in the shadow, cost those who are being answered."""
    from eval.load.changing import measure

    with tempfile.TemporaryDirectory() as folder:
        measure(model, Path(folder), rate, seconds)
