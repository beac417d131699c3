"""Reviewed texts as `modsvc export reviews` writes them, made up."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from modsvc.review.export import TRAINING_COLUMNS
from tests.tiny_artifact import TRIGGERS

_LETTERS = "abcdefghijklmnoprstuvwz"


def record(text: str, misogyny: int | None, **more: Any) -> dict[str, Any]:
    """One record; what is not said is as for a single review in English."""
    row = {
        **dict.fromkeys(TRAINING_COLUMNS),
        "row_id": f"reviews-{hashlib.sha256(text.encode()).hexdigest()[:12]}",
        "text": text,
        "language": "en",
        "source": "reviews",
        "tier": "research",
        "split": "none",
        "group": text,
        "weak": False,
        "weight": 0.8,
        "misogyny": misogyny,
        "settled": "single",
    }
    return {**row, **more}


def flagged(count: int, share: float, *, seed: int = 1, **more: Any) -> list[dict[str, Any]]:
    """Texts that the tiny model is sure of, of which people agree with a `share`."""
    rng = np.random.default_rng(seed)
    return [
        record(f"{_words(rng)} {TRIGGERS['misogyny']}", int(rng.random() < share), **more)
        for _ in range(count)
    ]


def harmless(count: int, *, seed: int = 2, **more: Any) -> list[dict[str, Any]]:
    """Texts that neither the tiny model nor people see anything in."""
    rng = np.random.default_rng(seed)
    return [record(_words(rng), 0, **more) for _ in range(count)]


def write(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """The file of these records."""
    path.write_text("".join(json.dumps(row) + "\n" for row in records), encoding="utf-8")
    return path


def _words(rng: np.random.Generator) -> str:
    return " ".join("".join(rng.choice(list(_LETTERS), 5)) for _ in range(3))
