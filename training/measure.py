"""The packed folder, measured: what goes into its manifest and its card.

In: a model folder and the corpus's `measured.parquet`. Out: evaluation reports
(`eval.report`) per tier and split, and the functional suites. Dev rows are for
choosing; test rows are scored once, here, for the card.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from eval.corpus import read_rows
from eval.functional.report import FunctionalReport
from eval.functional.suite import load_suites
from eval.predict import predict
from eval.predictions import Predictions, write_predictions
from eval.report import build_report
from modsvc.engine.engine import Engine
from training.suite_summary import suites_section, summary

#: Reports by tier and split; tiers are `open` (with neutral rows) and `research`.
Reports = dict[str, dict[str, dict[str, Any]]]


def measure(
    engine: Engine,
    measured: Path,
    folder: Path,
    *,
    resamples: int,
    disguised: bool,
) -> Reports:
    """Score every split there is, keep the predictions in `folder`, and report tier by tier.

    Without `disguised` the functional suites are run as written only.
    """
    suites = load_suites()
    functional = FunctionalReport.of(engine, suites, disguised=disguised).to_json()
    reports: Reports = {}
    for split in pc.unique(pq.read_table(measured, columns=["split"])["split"]).to_pylist():
        predictions = predict(engine, read_rows(measured, split))
        write_predictions(predictions, folder / f"predictions-{split}.parquet")
        for tier, part in by_tier(predictions).items():
            report = build_report(part, functional=functional, resamples=resamples)
            reports.setdefault(tier, {})[split] = report
    return reports


def by_tier(predictions: Predictions) -> dict[str, Predictions]:
    """The rows of open and neutral sources, and those of research sources, where there are any."""
    research = predictions.tier == "research"
    parts = {"open": ~research, "research": research}
    return {tier: predictions.select(rows) for tier, rows in parts.items() if np.any(rows)}


def measured_languages(reports: Reports) -> set[str]:
    """The languages on which some split of some tier had enough rows for a figure."""
    return {
        language
        for splits in reports.values()
        for report in splits.values()
        for language, entry in report["by_language"].items()
        if entry["too_few"] is None
    }


def headline(reports: Reports) -> dict[str, Any]:
    """The few figures that the manifest repeats: value by tier, split, source or language."""
    return {
        tier: {
            split: {
                section: {
                    name: _values(entry["metrics"])
                    for name, entry in report[section].items()
                    if entry["too_few"] is None
                }
                for section in ("by_language", "by_source")
            }
            for split, report in splits.items()
        }
        for tier, splits in reports.items()
    }


def suites(reports: Reports) -> dict[str, Any]:
    """The manifest's `suites`, where any were run: or nothing."""
    functional = suites_section(reports)
    return {"suites": summary(functional)} if functional else {}


def _values(metrics: Mapping[str, Any]) -> dict[str, float]:
    wanted = ("macro_f1_at_review", "macro_f1_at_half", "average_precision", "ece")
    return {name: metrics[name]["value"] for name in wanted if name in metrics}
