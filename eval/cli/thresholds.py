"""`python -m eval translate-thresholds`: thresholds on Perspective's scale → on this one.

In: a CSV with Perspective's scores. Out: a table, and on request a JSON file.
"""

from pathlib import Path
from typing import Annotated

import typer

from eval.cli.common import DEFAULT_MODEL, AlsoTo, Draws, Model, Threads, console, write_json
from eval.defaults import RESAMPLES


def translate_thresholds(
    sample: Annotated[Path, typer.Argument(help="Your CSV: text, perspective, label, language.")],
    threshold: Annotated[
        list[float] | None, typer.Option(help="An old threshold; may be given several times.")
    ] = None,
    attribute: Annotated[str, typer.Option(help="Perspective's attribute.")] = "TOXICITY",
    text_column: Annotated[str, typer.Option(help="Texts.")] = "text",
    score_column: Annotated[str, typer.Option(help="Perspective's scores.")] = "perspective",
    label_column: Annotated[str, typer.Option(help="1 where it should be flagged.")] = "label",
    language_column: Annotated[str, typer.Option(help="BCP-47; else detected.")] = "language",
    model: Model = DEFAULT_MODEL,
    output: AlsoTo = None,
    threads: Threads = 2,
    resamples: Draws = RESAMPLES,
) -> None:
    """New thresholds for clients of Perspective, from texts that both have scored."""
    import numpy as np

    from eval.errors import EvalError
    from eval.thresholds.proposals import render, to_json
    from eval.thresholds.sample import Columns, read_sample, score_sample
    from eval.thresholds.translate import USUAL_THRESHOLDS, translate
    from modsvc.engine.engine import Engine

    columns = Columns(text_column, score_column, label_column, language_column)
    rows = read_sample(sample, columns)
    new = score_sample(Engine.load(model, threads=threads), rows, attribute)
    used = np.isfinite(new)
    if not used.any():
        raise EvalError("no row is in a language that the model was measured on")
    found = translate(rows, new, threshold or USUAL_THRESHOLDS, resamples=resamples)
    if output is not None:
        write_json(output, to_json(attribute, int(used.sum()), found))
    console.print(render(attribute, found))
    labelled = int(np.isfinite(rows.label[used]).sum())
    console.print(
        f"{used.sum()} texts, {labelled} with a label; {(~used).sum()} left out, in a language "
        "that the model was never measured on"
    )
