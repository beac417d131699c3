"""`python -m eval faults`: what the service promises for bad days, tried on a real one.

In: a model folder, names of faults. Out: outcome.json and a table; exit 1 where one is broken.
"""

from pathlib import Path
from typing import Annotated

import typer

from eval.cli.common import DEFAULT_MODEL, Model, console, place, tell_written, write_json


def faults(
    names: Annotated[list[str] | None, typer.Argument(help="Only these; all without.")] = None,
    model: Model = DEFAULT_MODEL,
    short: Annotated[bool, typer.Option(help="Seconds a fault; shows less.")] = False,
    seconds: Annotated[float, typer.Option(help="How long the overload lasts.")] = 300.0,
    idle: Annotated[int, typer.Option(help="Idle connections.")] = 10_000,
    folder: Annotated[
        Path | None, typer.Option(help="For logs, databases, outcome. Default: runs/faults/<time>.")
    ] = None,
) -> None:
    """A real service under slow clients, full disks, wrong clocks and worse: what holds."""
    from eval.faults.fault import Plan, render
    from eval.faults.run import run

    folder = place("faults", folder)
    plan = Plan(model=model, folder=folder.resolve(), short=short, seconds=seconds, idle=idle)
    findings = []
    for found in run(plan, names or []):
        findings.append(found)
        console.print(f"{found.name}: {found.verdict}, {found.seconds} s", highlight=False)
        write_json(folder / "outcome.json", [one.to_json() for one in findings])
    console.print(render(findings))
    tell_written(f"{folder}/outcome.json")
    if any(one.verdict == "broken" for one in findings):
        raise typer.Exit(1)
