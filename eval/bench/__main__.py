"""`python -m eval.bench`: measure the shipped artefact beside its alternatives.

In: a model folder. Out: tables on the terminal and JSON in runs/bench/. Takes at most
eight minutes, a minute with --quick; the first run also installs infinity-emb into an
environment of its own. Run it on an otherwise idle machine.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.bench import lengths
from eval.bench.report import Report, show, write
from modsvc.errors import ModsvcError

app = typer.Typer(add_completion=False, invoke_without_command=True)


@app.callback()
def bench(
    context: typer.Context,
    model: Annotated[Path, typer.Option(help="The artefact to measure.")] = Path("models/default"),
    torch_dir: Annotated[
        Path | None, typer.Option(help="The training run's folder with classifier.pt.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads of every contender.")] = 2,
    quick: Annotated[bool, typer.Option("--quick", help="One short round.")] = False,
    infinity: Annotated[bool, typer.Option(help="Also measure infinity-emb.")] = True,
    out: Annotated[Path, typer.Option(help="Where results go.")] = Path("runs/bench"),
) -> None:
    """Measure the engine, PyTorch, transformers, our endpoint and infinity in one run."""
    if context.invoked_subcommand is not None:
        return
    # Late: counting lengths needs no torch.
    from eval.bench import contest
    from modsvc.engine.artifact import load_artifact

    console = Console(stderr=False)
    subject = contest.Subject(model, torch_dir, out, threads, infinity)
    try:
        version = load_artifact(model).model_version
        report = Report(quick, threads, version)
        plan = contest.QUICK if quick else contest.FULL
        with console.status("") as status:
            contest.run(subject, plan, report, lambda step: status.update(step))
    except ModsvcError as error:
        console.print(f"[red]{error}[/red]")
        sys.exit(1)
    show(report, console)
    console.print(f"written to {write(report, out)}")


@app.command("lengths")
def count_lengths(
    corpus: Annotated[Path, typer.Argument(help="A Parquet file or a folder of them.")],
    model: Annotated[Path, typer.Option(help="Whose tokenizer.json counts.")] = Path(
        "models/default"
    ),
) -> None:
    """Count the corpus's lengths anew and store the histogram (no text) for the bench."""
    histogram = lengths.count_corpus(corpus, model / "tokenizer.json")
    lengths.write_histogram(histogram)
    typer.echo(f"{sum(histogram.values())} texts counted into {lengths.LENGTHS_FILE}")


if __name__ == "__main__":
    app()
