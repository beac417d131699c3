"""The report: everything that the dashboard shows, as one JSON document.

In: predictions, and what the functional suites gave. Out: plain values, without any
text of the corpus. Drawing is left to `eval.dashboard`.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from eval.curves import confusions, curves_by_language, flag_shares
from eval.groups import (
    Grouped,
    by_category,
    false_positives_on_neutral,
    false_positives_on_women,
    grouped,
)
from eval.metrics import METRICS, MIN_NEGATIVES, MIN_POSITIVES, MIN_SUPPORT, Figures
from eval.predictions import Predictions
from eval.resampling import CONFIDENCE, SEED, Resamples
from eval.tallies import ECE_BINS
from modsvc.labels import CATEGORIES

SCHEMA_VERSION = 1


def build_report(
    predictions: Predictions,
    *,
    functional: Mapping[str, Any] | None = None,
    resamples: int,
) -> dict[str, Any]:
    """All figures of a split; a minute for 30,000 rows on one core."""
    measured, neutral = predictions.measured(), predictions.neutral()
    draws = Resamples.draw(measured.group, resamples=resamples)
    languages = grouped(measured, draws, "language")
    return {
        "schema_version": SCHEMA_VERSION,
        "model_version": predictions.model_version,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "split": predictions.split,
        "corpus_sha256": predictions.corpus_sha256,
        "rows": {"measured": len(measured), "neutral": len(neutral)},
        "method": method(resamples),
        "operating_points": predictions.points.to_json(),
        "overall": figures_json(languages.overall),
        "by_language": groups_json(languages.by_group),
        "by_source": groups_json(grouped(measured, draws, "source").by_group),
        "by_category": groups_json(by_category(measured, draws)),
        "by_language_and_category": _by_language_and_category(measured, draws),
        "difference": {name: asdict(value) for name, value in languages.difference().items()},
        "benign_mentions_of_women": groups_json(false_positives_on_women(measured, draws)),
        "neutral": _neutral(neutral, resamples),
        "authored": _authored(predictions.authored(), resamples),
        "confusion": confusions(measured),
        "flag_shares": flag_shares(measured),
        "curves": curves_by_language(measured),
        "functional": functional,
    }


def method(resamples: int) -> dict[str, Any]:
    """How the figures were made, for whoever reads them without the code."""
    return {
        "metrics": dict(METRICS),
        "resamples": resamples,
        "confidence": CONFIDENCE,
        "seed": SEED,
        "bootstrap": "Poisson bootstrap over duplicate groups, percentile intervals",
        "ece": f"{ECE_BINS} bins of equal width (Guo et al. 2017)",
        "min_support": MIN_SUPPORT,
        "min_positives": MIN_POSITIVES,
        "min_negatives": MIN_NEGATIVES,
    }


def figures_json(entry: Figures) -> dict[str, Any]:
    """One set of figures; `too_few` is null where nothing is missing."""
    return {
        "support": entry.support,
        "positives": entry.positives,
        "too_few": entry.too_few,
        "metrics": {
            name: {
                "value": round(figure.value, 5),
                "interval": figure.interval and [round(bound, 5) for bound in figure.interval],
            }
            for name, figure in entry.values.items()
        },
    }


def groups_json(groups: Mapping[str, Figures]) -> dict[str, Any]:
    """One entry a group."""
    return {name: figures_json(entry) for name, entry in groups.items()}


def _by_language_and_category(measured: Predictions, draws: Resamples) -> dict[str, dict[str, Any]]:
    tables: dict[str, Grouped] = {
        category: grouped(measured, draws, "language", category) for category in CATEGORIES
    }
    return {
        language: {
            category: figures_json(table.by_group[language]) for category, table in tables.items()
        }
        for language in sorted(set(measured.language))
    }


def _authored(authored: Predictions, resamples: int) -> dict[str, Any]:
    if not len(authored):
        return {}
    draws = Resamples.draw(authored.group, resamples=resamples)
    table = grouped(authored, draws, "language")
    return {
        "overall": figures_json(table.overall),
        "by_language": groups_json(table.by_group),
        "by_category": groups_json(by_category(authored, draws)),
    }


def _neutral(neutral: Predictions, resamples: int) -> dict[str, Any]:
    if not len(neutral):
        return {}
    draws = Resamples.draw(neutral.group, resamples=resamples)
    return groups_json(false_positives_on_neutral(neutral, draws))
