"""`python -m eval probing`: what looking for a way round the model costs, and who notices.

In: a model folder, an interpreter with TextAttack. Out: outcome.json and a table.
"""

from pathlib import Path
from typing import Annotated

import typer

from eval.cli.common import DEFAULT_MODEL, Model, console, place, tell_written, write_json


def probing(
    attacker: Annotated[
        Path, typer.Option(help="A Python with: pip install textattack 'transformers<5'.")
    ],
    model: Model = DEFAULT_MODEL,
    texts: Annotated[int, typer.Option(help="Texts of ordinary traffic.")] = 6_000,
    seed: Annotated[int, typer.Option(help="Of the attack and of the traffic.")] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="For logs and outcome. Default: runs/probing/<time>.")
    ] = None,
) -> None:
    """A public attack on /v1/score: what it costs, when it is noticed, and who else is."""
    from eval.probing.run import Plan, render, run, to_json

    folder = place("probing", folder)
    plan = Plan(
        model=model.resolve(), attacker=attacker, folder=folder.resolve(), texts=texts, seed=seed
    )
    findings, ordinary = run(plan)
    write_json(folder / "outcome.json", to_json(findings, ordinary))
    console.print(render(findings, ordinary))
    tell_written(f"{folder}/outcome.json")
