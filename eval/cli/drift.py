"""`python -m eval drift-delay`: how soon the watch notices a campaign.

In: a model folder, and the project's own sentences. Out: a JSON file, and tables. Needs river.
"""

from pathlib import Path
from typing import Annotated

import typer

from eval.cli.common import DEFAULT_MODEL, Model, Threads, console, tell_written, write_json


def drift_delay(
    model: Model = DEFAULT_MODEL,
    language: Annotated[
        list[str] | None, typer.Option(help="Languages of training/authored/.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each campaign and language.")] = 5,
    quiet: Annotated[int, typer.Option(min=1, help="Texts before the campaign.")] = 1_000,
    within: Annotated[int, typer.Option(min=1, help="Texts until it counts as missed.")] = 1_000,
    threads: Threads = 2,
    output: Annotated[Path, typer.Option(help="A JSON file to write.")] = Path(
        "runs/eval/drift-delay.json"
    ),
) -> None:
    """How many texts of a campaign with a new code word pass until the watch notices it."""
    from eval.drift import delay, traffic
    from modsvc.engine.engine import Engine

    engine = Engine.load(model, threads=threads)
    with console.status("sentences and scores"):
        pools = [traffic.read_pool(engine, name) for name in language or traffic.LANGUAGES]
    findings, calm = delay.measure(pools, seeds=seeds, quiet=quiet, within=within)
    write_json(output, delay.to_json(findings, calm))
    console.print(*delay.render(findings, calm))
    tell_written(str(output))
