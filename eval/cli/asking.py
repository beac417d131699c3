"""`python -m eval active-learning`: what choosing the texts that people are asked about saves.

In: a corpus, perhaps a model folder. Out: a JSON file of curves, and a table.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from eval.cli.common import (
    DEFAULT_CORPUS,
    DEFAULT_MODEL,
    Corpus,
    Languages,
    Model,
    Threads,
    console,
    tell_written,
    write_json,
)


def active_learning(
    corpus: Corpus = DEFAULT_CORPUS,
    features: Annotated[
        Literal["outputs", "ngrams"],
        typer.Option(help="outputs of the shipped model on dev; ngrams: no model yet."),
    ] = "ngrams",
    model: Model = DEFAULT_MODEL,
    language: Languages = None,
    step: Annotated[int, typer.Option(min=1, help="Labels asked for at a time.")] = 25,
    budget: Annotated[int, typer.Option(min=2, help="Labels in all, for a language.")] = 400,
    seeds: Annotated[int, typer.Option(min=2, help="How often, with other first labels.")] = 10,
    output: Annotated[
        Path, typer.Option(help="A JSON file with the curves, as they are found.")
    ] = Path("runs/eval/active-learning.json"),
    threads: Threads = 2,
) -> None:
    """Labels that choosing texts saves against drawing them by chance, on gold labels."""
    from eval.active.run import render, run, to_json
    from eval.active.simulate import Plan
    from modsvc.engine.engine import Engine

    plan = Plan(step=step, budget=budget, seeds=seeds)
    engine = Engine.load(model, threads=threads) if features == "outputs" else None
    found = []
    for one in run(corpus, features, engine, plan, languages=language or ()):
        found.append(one)
        write_json(output, to_json(features, plan, found))
    console.print(render(features, found))
    tell_written(str(output))
