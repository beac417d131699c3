"""The command line: `python -m training …`, from raw files to a published model.

In: recipes and raw files. Out: the corpus, and model folders. What happens in
between is left to `training.runner`.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from modsvc.engine.artifact import CALIBRATION_FILE, MANIFEST_FILE
from modsvc.errors import ModsvcError
from training import artifact
from training.catalogue import load_sources
from training.errors import TrainingError
from training.fetch import fetch as fetch_sources

app = typer.Typer(no_args_is_help=True, add_completion=False, help="From raw datasets to a model.")
console = Console()

RawDir = Annotated[Path, typer.Option(help="Where the datasets' files are, or go.")]
DEFAULT_RAW = Path("data/raw")
DEFAULT_REVIEWS = Path("data/reviews/reviews.jsonl")
_DAY = ["%Y-%m-%d"]


@app.command()
def fetch(
    raw_dir: RawDir = DEFAULT_RAW,
    tier: Annotated[
        list[str] | None, typer.Option(help="open, research or neutral; all by default.")
    ] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only these datasets.")] = None,
) -> None:
    """Download the datasets at their commits and verify every file's sha256."""
    chosen = [
        one
        for one in load_sources().values()
        if (not tier or one.tier in tier) and (not source or one.name in source)
    ]
    if not chosen:
        raise TrainingError("no source fits --tier and --source; see training/sources/")
    count = fetch_sources(chosen, raw_dir)
    console.print(f"{len(chosen)} sources verified in {raw_dir}, {count} files downloaded")


@app.command()
def corpus(
    tier: Annotated[Literal["open", "research"], typer.Option(help="Which sources.")] = "open",
    raw_dir: RawDir = DEFAULT_RAW,
    output: Annotated[Path | None, typer.Option(help="Default: data/corpus/<tier>.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only these datasets.")] = None,
    reviews: Annotated[
        Path | None, typer.Option(help="And the reviewed texts of `from-reviews`; research only.")
    ] = None,
) -> None:
    """Build one Parquet corpus and print its table of counts."""
    from training.corpus_files import CORPUS, print_counts, write_corpus

    folder = output or Path("data/corpus") / tier
    rows = write_corpus(tier, raw_dir, folder, only=source or (), reviews=reviews)
    print_counts(folder, console)
    console.print(f"{len(rows):,} rows in {folder / CORPUS}")


@app.command()
def from_reviews(
    since: Annotated[datetime, typer.Option(formats=_DAY, help="The first day, UTC.")],
    until: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="The day after the last; else tomorrow.")
    ] = None,
    output: Annotated[Path, typer.Option(help="The file; one that is there is replaced.")] = (
        DEFAULT_REVIEWS
    ),
    community: Annotated[str | None, typer.Option(help="Only of this community.")] = None,
) -> None:
    """Take what people decided at the desk as a source of the corpus; prints it by language."""
    from training.from_reviews import take

    end = (until or datetime.now(UTC) + timedelta(days=1)).date()
    console.print(take(output, since.date(), end, community))
    console.print(
        f"{output} is a source of its own now: build a corpus with `python -m training corpus "
        f'--tier research --reviews {output}`, or name it in a recipe (reviews = "{output}")',
        soft_wrap=True,
    )


@app.command()
def thresholds(
    reviews: Annotated[Path, typer.Option(help="The file of `from-reviews`.")] = DEFAULT_REVIEWS,
    parent: Annotated[
        Path, typer.Option("--artifact", help="The model folder to start from.")
    ] = Path("models/default"),
    out: Annotated[Path, typer.Option(help="A folder that is not there yet.")] = Path(
        "runs/thresholds"
    ),
    threads: Annotated[int, typer.Option(help="Threads of the engine.")] = 2,
) -> None:
    """Refit calibration and thresholds on reviewed texts, without training; in minutes."""
    from training.thresholds import HELD_OUT, update
    from training.thresholds_table import render

    changes = update(parent, reviews, out, threads=threads)
    console.print(render(changes, "Refitted on reviewed texts"))
    console.print(
        f"{out}/model is a new version: compare it with `python -m eval gate {out}/model "
        f"--champion {parent} --reviews {out}/{HELD_OUT}`",
        soft_wrap=True,
    )


@app.command()
def recalibrate(
    parent: Annotated[Path, typer.Argument(help="The model folder to start from.")] = Path(
        "models/default"
    ),
    raw_dir: RawDir = DEFAULT_RAW,
    corpus_dir: Annotated[
        Path | None, typer.Option(help="A corpus that is built already; else from --raw-dir.")
    ] = None,
    out: Annotated[Path, typer.Option(help="A folder that is not there yet.")] = Path(
        "runs/recalibrated"
    ),
    threads: Annotated[int, typer.Option(help="Threads of the engine.")] = 2,
) -> None:
    """Refit calibration, thresholds and early exits on the corpus; the network stays as it is."""
    from training.corpus_files import CORPUS
    from training.recalibrate import BUILT, recalibrate
    from training.thresholds_table import render

    changes = recalibrate(parent, out, raw_dir=raw_dir, corpus=corpus_dir, threads=threads)
    console.print(render(changes, "Refitted on the corpus"))
    corpus = corpus_dir or out / BUILT
    console.print(
        f"{out}/model is a new version: compare it with `python -m eval gate {out}/model "
        f"--champion {parent} --corpus {corpus}/{CORPUS}`, and put it in its place with "
        f"`python -m training publish {out} {parent}`",
        soft_wrap=True,
    )


@app.command()
def authored() -> None:
    """Check the project's own sentences: form, counts, variety, copies; exit 1 on a fault."""
    from training.authored_check import check_authored, read_authored, render

    checked = check_authored(read_authored())
    console.print(render(checked))
    faults = [fault for one in checked for fault in one.faults]
    for fault in faults:
        console.print(f"[red]fault:[/red] {fault}")
    if faults:
        raise typer.Exit(1)


@app.command()
def run(
    recipe: Annotated[Path, typer.Argument(help="A recipe, e.g. recipes/open.toml.")],
    raw_dir: RawDir = DEFAULT_RAW,
    runs_dir: Annotated[Path, typer.Option(help="Where the stages keep their results.")] = Path(
        "runs"
    ),
    threads: Annotated[int, typer.Option(help="Threads of the engine while measuring.")] = 2,
    until: Annotated[str, typer.Option(help="The last stage to run.")] = "pack",
    publish_to: Annotated[
        Path | None, typer.Option(help="Publish the packed model to this folder.")
    ] = None,
    init_from: Annotated[
        str | None,
        typer.Option(help="A recipe, a trained folder or a model, not the recipe's own."),
    ] = None,
    reviews: Annotated[
        Path | None, typer.Option(help="The file of `from-reviews`, not the recipe's own.")
    ] = None,
    track: Annotated[
        bool | None, typer.Option(help="Keep the run in MLflow; else where it is installed.")
    ] = None,
) -> None:
    """Run a recipe's stages; those whose inputs did not change are taken from the cache."""
    from training import tracking
    from training.recipe import load_recipe
    from training.runner import run_recipe

    if track and not tracking.installed():
        raise TrainingError(
            "MLflow is not installed: pip install 'modsvc[tracking]', or --no-track"
        )
    asked = load_recipe(recipe)
    if init_from is not None:
        asked = asked.starting_from(init_from)
    if reviews is not None:
        asked = asked.model_copy(update={"reviews": str(reviews)})
    folders = run_recipe(
        asked,
        raw_dir=raw_dir,
        runs_dir=runs_dir,
        threads=threads,
        until=until,
        console=console,
    )
    if track or (track is None and tracking.installed()):
        run_id = tracking.track(asked, folders, runs_dir)
        console.print(
            f"tracked as {run_id}: mlflow ui --backend-store-uri {tracking.store(runs_dir)}",
            soft_wrap=True,
        )
    if publish_to is not None:
        publish(folders["pack"], publish_to)


@app.command()
def trial(
    recipe: Annotated[Path, typer.Argument(help="A recipe, e.g. recipes/trial.toml.")],
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="A change, e.g. loss.twins=0.2 or sampling.focus.edos=1."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from the recipe's on.")] = 1,
    raw_dir: RawDir = DEFAULT_RAW,
    runs_dir: Annotated[Path, typer.Option(help="Where the stages keep their results.")] = Path(
        "runs"
    ),
) -> None:
    """Fine-tune with a change and measure on dev; prints all trials of the recipe so far."""
    from training import trials
    from training.recipe import load_recipe

    base = load_recipe(recipe)
    wanted = range(base.seed, base.seed + seeds)
    trials.run_trials(
        base, change or [], wanted, raw_dir=raw_dir, runs_dir=runs_dir, console=console
    )
    console.print(trials.render(trials.read_trials(runs_dir / base.name / trials.TRIALS)))


@app.command()
def publish(
    packed: Annotated[Path, typer.Argument(help="A pack stage's folder.")],
    to: Annotated[Path, typer.Argument(help="The model folder to write.")] = Path("models/default"),
    corpus_dir: Annotated[
        Path | None, typer.Option(help="The corpus stage's folder, to write the card again.")
    ] = None,
    beside: Annotated[
        Path | None, typer.Option(help="The research recipe's pack folder, for the card.")
    ] = None,
) -> None:
    """Copy a packed model to where the service looks for it; with --beside, compare in its card."""
    import pandas as pd

    from training.card import render_card
    from training.corpus_files import COUNTS
    from training.pack import MODEL, REPORTS

    if beside is not None and corpus_dir is None:
        raise TrainingError("--beside writes the card again: give --corpus-dir as well")
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(packed / MODEL, to)
    if beside is not None and corpus_dir is not None:
        manifest = artifact.read_json(to / MANIFEST_FILE)
        card = render_card(
            manifest,
            pd.read_csv(corpus_dir / COUNTS),
            artifact.read_json(to / CALIBRATION_FILE),
            artifact.read_json(packed / REPORTS),
            artifact.read_json(beside / REPORTS),
        )
        (to / artifact.CARD_FILE).write_text(card, encoding="utf-8")
        artifact.write_manifest(to, manifest)
    console.print(f"published to {to}")


@app.command()
def readme(
    model: Annotated[Path, typer.Option(help="The published model.")] = Path("models/default"),
    path: Annotated[Path, typer.Option(help="The file with the markers.")] = Path("README.md"),
) -> None:
    """Rewrite the README's table of results from the published model's manifest."""
    from training.readme import update

    update(path, model / MANIFEST_FILE)
    console.print(f"results in {path} are those of {model}")


def main() -> None:
    """Run the command line; what is wrong with the input is one line and exit code 2."""
    try:
        app()
    except (TrainingError, ModsvcError) as error:
        Console(stderr=True).print(f"[red]error:[/red] {error}")
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
