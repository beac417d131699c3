"""`python -m eval run` and `compare`: a model's figures, and those of two models side by side.

In: model folders, a corpus. Out: report.json, dashboard.html and predictions.parquet, and tables.
"""

from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.cli.common import (
    DEFAULT_CACHE,
    DEFAULT_CORPUS,
    DEFAULT_MODEL,
    AlsoTo,
    Cache,
    Corpus,
    Draws,
    Model,
    Split,
    Threads,
    console,
    tell_written,
    write_json,
)
from eval.defaults import RESAMPLES

if TYPE_CHECKING:
    from eval.predictions import Predictions

PREDICTIONS = "predictions.parquet"


def run(
    model: Model = DEFAULT_MODEL,
    corpus: Corpus = DEFAULT_CORPUS,
    split: Split = "dev",
    output: Annotated[
        Path | None, typer.Option(help="Default: runs/eval/<model_version>/<split>.")
    ] = None,
    examples: Annotated[
        bool, typer.Option(help="Show masked errors; keep such a dashboard out of the repo.")
    ] = False,
    threads: Threads = 2,
    resamples: Draws = RESAMPLES,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Write report.json, dashboard.html and predictions.parquet (no text in any of them)."""
    from eval import summary
    from eval.corpus import read_rows
    from eval.dashboard import render_dashboard
    from eval.examples import worst_errors
    from eval.functional import run as functional
    from eval.functional.report import FunctionalReport
    from eval.functional.suite import load_suites
    from eval.predict import predict_cached
    from eval.predictions import write_predictions
    from eval.report import build_report
    from modsvc.engine.engine import Engine

    engine = Engine.load(model, threads=threads)
    rows = read_rows(corpus, split)
    predictions = predict_cached(engine, rows, cache)
    cases = FunctionalReport.of(engine, load_suites())
    with console.status("figures and intervals"):
        report = build_report(predictions, functional=cases.to_json(), resamples=resamples)
    shown = worst_errors(predictions, rows) if examples else []
    folder = output or Path("runs/eval") / predictions.model_version / split
    write_predictions(predictions, folder / PREDICTIONS)
    write_json(folder / "report.json", report)
    (folder / "dashboard.html").write_text(render_dashboard(report, shown), encoding="utf-8")
    console.print(summary.render(report), functional.render(cases.outcomes))
    tell_written(f"{folder}/report.json, dashboard.html, {PREDICTIONS}")


def compare(
    a: Annotated[Path, typer.Argument(help="A model folder, a report folder or predictions.")],
    b: Annotated[Path, typer.Argument(help="The same of the other model.")],
    corpus: Corpus = DEFAULT_CORPUS,
    split: Split = "dev",
    output: AlsoTo = None,
    threads: Threads = 2,
    resamples: Draws = RESAMPLES,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Two models on the same rows, with paired-bootstrap differences."""
    from eval import compare as comparison
    from eval.corpus import read_rows
    from eval.predict import predict_cached
    from eval.predictions import read_predictions
    from modsvc.engine.engine import Engine

    rows = once(lambda: read_rows(corpus, split))

    def predictions_of(path: Path) -> "Predictions":
        for file in (path, path / PREDICTIONS):
            if file.is_file():
                return read_predictions(file)
        return predict_cached(Engine.load(path, threads=threads), rows(), cache)

    one, other = predictions_of(a), predictions_of(b)
    slices = comparison.compare(one, other, resamples=resamples)
    if output is not None:
        write_json(output, comparison.to_json(one, other, slices))
    console.print(comparison.render(one, other, slices))
