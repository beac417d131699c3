"""The command line of `eval`: `python -m eval --help` lists what it measures.

In: a model folder and the corpus. Out: files and tables. What they contain is left to
`eval.report`, `eval.dashboard`, `eval.compare`, `eval.functional`, `eval.gate`, `eval.active`,
`eval.load`, `eval.faults` and `eval.probing`.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from eval import compare as comparison
from eval import thresholds as translation
from eval.active import run as active
from eval.active.pools import Setting
from eval.active.simulate import Plan as AskingPlan
from eval.corpus import EvalError, Rows, read_rows
from eval.dashboard import render_dashboard
from eval.examples import worst_errors
from eval.faithfulness import draw_flagged, measure_faithfulness
from eval.faults import fault
from eval.faults import run as faults
from eval.functional import context, robustness
from eval.functional import run as functional_run
from eval.functional.report import FunctionalReport
from eval.functional.suite import load_suites
from eval.gate import run as gating
from eval.gate import verdict
from eval.load import run as load
from eval.load.texts import POOL_FILE
from eval.masking import mask
from eval.metrics import METRICS
from eval.predict import predict_cached
from eval.predictions import Predictions, read_predictions, write_predictions
from eval.probing import run as probing
from eval.rationales import measure_agreement, read_rationales
from eval.report import build_report
from eval.resampling import RESAMPLES
from modsvc.engine.engine import Engine
from modsvc.errors import ModsvcError

DEFAULT_MODEL = Path("models/default")
DEFAULT_CORPUS = Path("data/corpus/open/corpus.parquet")
DEFAULT_CACHE = Path("runs/eval/predictions")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Measure the artefact that ships."
)
console = Console()

Model = Annotated[Path, typer.Option(help="The model folder.")]
Corpus = Annotated[Path, typer.Option(help="The corpus, from: python -m training corpus.")]
Cache = Annotated[Path, typer.Option(help="Where predictions are kept between runs.")]
Split = Annotated[str, typer.Option(help="dev while working; test for the final report.")]
Threads = Annotated[int, typer.Option(help="Threads of the engine.")]
Draws = Annotated[int, typer.Option(help="Bootstrap resamples.")]


@app.command()
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
    engine = Engine.load(model, threads=threads)
    rows = read_rows(corpus, split)
    predictions = predict_cached(engine, rows, cache)
    cases = FunctionalReport.of(engine, load_suites())
    with console.status("figures and intervals"):
        report = build_report(
            predictions,
            functional=cases.to_json(),
            resamples=resamples,
        )
    shown = worst_errors(predictions, rows) if examples else []
    folder = output or Path("runs/eval") / predictions.model_version / split
    write_predictions(predictions, folder / "predictions.parquet")
    _write_json(folder / "report.json", report)
    (folder / "dashboard.html").write_text(render_dashboard(report, shown), encoding="utf-8")
    console.print(_summary(report), functional_run.render(cases.outcomes))
    console.print(f"written: {folder}/report.json, dashboard.html, predictions.parquet")


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A model folder, a report folder or predictions.")],
    b: Annotated[Path, typer.Argument(help="The same of the other model.")],
    corpus: Corpus = DEFAULT_CORPUS,
    split: Split = "dev",
    output: Annotated[Path | None, typer.Option(help="A JSON file to write as well.")] = None,
    threads: Threads = 2,
    resamples: Draws = RESAMPLES,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Two models on the same rows, with paired-bootstrap differences."""
    rows: list[Rows] = []

    def predictions_of(path: Path) -> Predictions:
        if path.is_file():
            return read_predictions(path)
        if (path / "predictions.parquet").is_file():
            return read_predictions(path / "predictions.parquet")
        if not rows:
            rows.append(read_rows(corpus, split))
        return predict_cached(Engine.load(path, threads=threads), rows[0], cache)

    one, other = predictions_of(a), predictions_of(b)
    slices = comparison.compare(one, other, resamples=resamples)
    if output is not None:
        _write_json(output, comparison.to_json(one, other, slices))
    console.print(comparison.render(one, other, slices))


@app.command()
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
    ] = verdict.ALPHA,
    tolerance: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="A loss that is taken in any figure.")
    ] = verdict.TOLERANCE,
    output: Annotated[
        Path | None, typer.Option(help="Default: runs/gate/<challenger>-against-<champion>.")
    ] = None,
    threads: Threads = 2,
    resamples: Draws = RESAMPLES,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Whether a challenger may be promoted: exit 1 where a language is significantly worse."""
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
    console.print(f"written: {folder}/{gating.REPORT}, {gating.PAGE}", highlight=False)
    if not done.passed:
        raise typer.Exit(1)


@app.command()
def functional(
    model: Model = DEFAULT_MODEL,
    language: Annotated[list[str] | None, typer.Option(help="Only these languages.")] = None,
    failures: Annotated[bool, typer.Option(help="List the cases that went wrong, masked.")] = False,
    output: Annotated[Path | None, typer.Option(help="A JSON file to write as well.")] = None,
    threads: Threads = 2,
) -> None:
    """The functional suites: functionality by language, in disguise, and replies in context."""
    suites = load_suites()
    if language:
        suites = [suite for suite in suites if suite.language in language]
    if not suites:
        raise EvalError("no suite in these languages; see eval/functional/")
    report = FunctionalReport.of(Engine.load(model, threads=threads), suites)
    console.print(
        functional_run.render(report.outcomes),
        robustness.render(report.effects),
        context.render(report.replies),
    )
    if output is not None:
        _write_json(output, report.to_json())
    if failures:
        for outcome in report.outcomes:
            if not outcome.correct:
                verdict = f"must {outcome.case.expected}, misogyny {outcome.probability:.3f}"
                console.print(f"{outcome.case.id}: {verdict}  {mask(outcome.case.text)}")


@app.command()
def explain(
    model: Model = DEFAULT_MODEL,
    corpus: Corpus = DEFAULT_CORPUS,
    split: Split = "dev",
    texts: Annotated[int, typer.Option(help="At most so many flagged texts.")] = 500,
    hatexplain: Annotated[
        Path | None, typer.Option(help="HateXplain's df_val_processed.csv, for people's marks.")
    ] = None,
    threads: Threads = 2,
) -> None:
    """Whether explanations are faithful, and whether they point where people do."""
    engine = Engine.load(model, threads=threads)
    rows = read_rows(corpus, split)
    found = measure_faithfulness(engine, draw_flagged(engine, rows, texts))
    console.print(
        f"{found.share:.1%} of {found.comparisons} comparisons on {found.texts} flagged texts: the "
        f"heaviest span lowers the probability by {found.fall:.3f}, a random stretch of as many "
        f"words by {found.random_fall:.3f}; {found.unexplained} texts have no span"
    )
    if hatexplain is not None:
        agreement = measure_agreement(engine, read_rationales(hatexplain))
        console.print(
            f"HateXplain: on {agreement.flagged} flagged of {agreement.posts} posts token F1 "
            f"{agreement.token_f1:.3f}, IOU {agreement.iou:.3f}, at least a half in "
            f"{agreement.close:.1%}"
        )


@app.command("load")
def put_under_load(
    model: Model = DEFAULT_MODEL,
    rate: Annotated[float, typer.Option(help="Texts a second.")] = 200.0,
    seconds: Annotated[float, typer.Option(help="How long.")] = 60.0,
    kill: Annotated[int, typer.Option(min=0, help="So many kills -9 meanwhile.")] = 0,
    told: Annotated[float, typer.Option(help="Share of texts that a webhook is told of.")] = 0.25,
    settle: Annotated[
        float, typer.Option(help="Seconds to wait for webhooks and leases; below 75 some may stay.")
    ] = 180.0,
    database_url: Annotated[
        str | None, typer.Option(help="An empty database; default: SQLite, in the folder.")
    ] = None,
    texts: Annotated[Path, typer.Option(help="Sentences, neutral and abusive.")] = POOL_FILE,
    seed: Annotated[int, typer.Option(help="Of texts, people and kills.")] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="For log, database, outcome. Default: runs/load/<time>.")
    ] = None,
) -> None:
    """A real service under ingests, two reviewers and kills; then all that has to hold."""
    place = folder or Path("runs/load") / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    outcome = load.run(
        load.Plan(
            model=model,
            texts=texts,
            folder=place,
            rate=rate,
            seconds=seconds,
            kills=kill,
            told_share=told,
            settle_s=settle,
            database_url=database_url,
            seed=seed,
        )
    )
    _write_json(place / "outcome.json", outcome.to_json())
    console.print(outcome.render(), f"written: {place}/outcome.json")
    if outcome.faults:
        raise typer.Exit(1)


@app.command("faults")
def inflict_faults(
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
    place = folder or Path("runs/faults") / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    plan = fault.Plan(model=model, folder=place.resolve(), short=short, seconds=seconds, idle=idle)
    findings = []
    for found in faults.run(plan, names or []):
        findings.append(found)
        console.print(f"{found.name}: {found.verdict}, {found.seconds} s", highlight=False)
        _write_json(place / "outcome.json", [one.to_json() for one in findings])
    console.print(fault.render(findings), f"written: {place}/outcome.json")
    if any(one.verdict == "broken" for one in findings):
        raise typer.Exit(1)


@app.command("probing")
def measure_probing(
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
    place = folder or Path("runs/probing") / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    plan = probing.Plan(
        model=model.resolve(), attacker=attacker, folder=place.resolve(), texts=texts, seed=seed
    )
    findings, ordinary = probing.run(plan)
    _write_json(place / "outcome.json", probing.to_json(findings, ordinary))
    console.print(probing.render(findings, ordinary), f"written: {place}/outcome.json")


@app.command("active-learning")
def simulate_active_learning(
    corpus: Corpus = DEFAULT_CORPUS,
    features: Annotated[
        Setting, typer.Option(help="outputs of the shipped model on dev; ngrams: no model yet.")
    ] = "ngrams",
    model: Model = DEFAULT_MODEL,
    language: Annotated[list[str] | None, typer.Option(help="Only these languages.")] = None,
    step: Annotated[int, typer.Option(min=1, help="Labels asked for at a time.")] = 25,
    budget: Annotated[int, typer.Option(min=2, help="Labels in all, for a language.")] = 400,
    seeds: Annotated[int, typer.Option(min=2, help="How often, with other first labels.")] = 10,
    output: Annotated[
        Path, typer.Option(help="A JSON file with the curves, as they are found.")
    ] = Path("runs/eval/active-learning.json"),
    threads: Threads = 2,
) -> None:
    """Labels that choosing texts saves against drawing them by chance, on gold labels."""
    plan = AskingPlan(step=step, budget=budget, seeds=seeds)
    engine = Engine.load(model, threads=threads) if features == "outputs" else None
    found = []
    for one in active.run(corpus, features, engine, plan, languages=language or ()):
        found.append(one)
        _write_json(output, active.to_json(features, plan, found))
    console.print(active.render(features, found), f"written: {output}")


@app.command("drift-delay")
def measure_drift_delay(
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
    # It needs river, which the other commands do without.
    from eval.drift import delay, traffic

    engine = Engine.load(model, threads=threads)
    with console.status("sentences and scores"):
        pools = [traffic.read_pool(engine, name) for name in language or traffic.LANGUAGES]
    findings, calm = delay.measure(pools, seeds=seeds, quiet=quiet, within=within)
    _write_json(output, delay.to_json(findings, calm))
    console.print(*delay.render(findings, calm), f"written: {output}")


@app.command()
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
    output: Annotated[Path | None, typer.Option(help="A JSON file to write as well.")] = None,
    threads: Threads = 2,
    resamples: Draws = RESAMPLES,
) -> None:
    """New thresholds for clients of Perspective, from texts that both have scored."""
    columns = translation.Columns(text_column, score_column, label_column, language_column)
    rows = translation.read_sample(sample, columns)
    new = translation.score_sample(Engine.load(model, threads=threads), rows, attribute)
    used = int(np.isfinite(new).sum())
    if not used:
        raise EvalError("no row is in a language that the model was measured on")
    found = translation.translate(
        rows, new, threshold or translation.USUAL_THRESHOLDS, resamples=resamples
    )
    if output is not None:
        _write_json(output, translation.to_json(attribute, used, found))
    console.print(translation.render(attribute, found))
    labelled = int(np.isfinite(rows.label[np.isfinite(new)]).sum())
    console.print(
        f"{used} texts, {labelled} with a label; {len(rows) - used} left out, in a language that "
        "the model was never measured on"
    )


def _summary(report: dict[str, Any]) -> Table:
    """The headline figures of each language, as the dashboard's first table."""
    shown = ("macro_f1_at_review", "macro_f1_at_half", "auroc", "fpr_at_review", "ece")
    title = f"{report['model_version']} on {report['split']}"
    table = Table(title=title, title_justify="left")
    names = [name for section in ("by_language", "by_source") for name in report[section]]
    table.add_column("misogyny", min_width=max(map(len, names), default=0))
    table.add_column("support", justify="right")
    for metric in shown:
        table.add_column(METRICS[metric], justify="right")
    for section in ("by_language", "by_source"):
        table.add_section()
        for name, entry in report[section].items():
            table.add_row(name, f"{entry['support']:,}", *_summary_cells(entry, shown))
    table.add_section()
    overall = report["overall"]
    table.add_row("overall", f"{overall['support']:,}", *_summary_cells(overall, shown))
    return table


def _summary_cells(entry: dict[str, Any], metrics: tuple[str, ...]) -> list[str]:
    if not entry["metrics"]:
        return [entry["too_few"]]
    return [
        f"{entry['metrics'][metric]['value']:.3f}" if metric in entry["metrics"] else "–"
        for metric in metrics
    ]


def _write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Run the command line; an error that was foreseen is one line and exit code 2."""
    try:
        app()
    except (EvalError, ModsvcError) as error:
        Console(stderr=True).print(f"error: {error}", markup=False, style="red")
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
