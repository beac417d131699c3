"""`python -m eval functional` and `explain`: authored cases, and what explanations are worth.

In: a model folder, for explanations a corpus. Out: tables and a few sentences; texts are masked.
"""

from pathlib import Path
from typing import Annotated

import typer

from eval.cli.common import (
    DEFAULT_CORPUS,
    DEFAULT_MODEL,
    AlsoTo,
    Corpus,
    Languages,
    Model,
    Split,
    Threads,
    console,
    write_json,
)


def functional(
    model: Model = DEFAULT_MODEL,
    language: Languages = None,
    failures: Annotated[bool, typer.Option(help="List the cases that went wrong, masked.")] = False,
    output: AlsoTo = None,
    threads: Threads = 2,
) -> None:
    """The functional suites: functionality by language, in disguise, and replies in context."""
    from eval.errors import EvalError
    from eval.functional import context, robustness, run
    from eval.functional.report import FunctionalReport
    from eval.functional.suite import load_suites
    from eval.masking import mask
    from modsvc.engine.engine import Engine

    suites = load_suites()
    if language:
        suites = [suite for suite in suites if suite.language in language]
    if not suites:
        raise EvalError("no suite in these languages; see eval/functional/")
    report = FunctionalReport.of(Engine.load(model, threads=threads), suites)
    console.print(
        run.render(report.outcomes),
        robustness.render(report.effects),
        context.render(report.replies),
    )
    if output is not None:
        write_json(output, report.to_json())
    if failures:
        for outcome in report.outcomes:
            if not outcome.correct:
                verdict = f"must {outcome.case.expected}, misogyny {outcome.probability:.3f}"
                console.print(f"{outcome.case.id}: {verdict}  {mask(outcome.case.text)}")


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
    from eval.corpus import read_rows
    from eval.faithfulness import draw_flagged, measure_faithfulness
    from eval.rationales import measure_agreement, read_rationales
    from modsvc.engine.engine import Engine

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
