"""Somebody's own sample: texts that Perspective has scored, and what this model says of them.

In: a CSV of texts with the scores that Perspective gave them and, for precision, what people said
of them. Out: a `Sample`, and the new score of each text. Which labels an attribute stands for is
the dialect's table. What becomes of thresholds is left to `eval.thresholds.translate`.
"""

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.errors import EvalError
from eval.predict import CHUNK, Scorer
from modsvc.api.dialects.meaning import either, probabilities
from modsvc.api.dialects.perspective.attributes import ANSWERED
from modsvc.types import Content

Floats = NDArray[np.float64]

_TRUE: Final = frozenset({"1", "1.0", "true", "yes"})
_FALSE: Final = frozenset({"0", "0.0", "false", "no"})


class Columns(NamedTuple):
    """The names of a CSV's columns; `label` and `language` may be missing from the file."""

    text: str = "text"
    score: str = "perspective"
    label: str = "label"
    language: str = "language"


@dataclass(frozen=True, slots=True)
class Sample:
    """`n` texts with their old score in [0, 1], and a label that is NaN where nobody gave one."""

    texts: list[str]
    languages: list[str | None]
    old: Floats
    label: Floats

    def __len__(self) -> int:
        return len(self.texts)


def read_sample(path: Path, columns: Columns) -> Sample:
    """Read a CSV in UTF-8 with a header.

    Raises:
        EvalError: a column is missing, or a row has a score or label that is none; the message
            names the line, and not the text.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvalError(f"{path} cannot be read as a CSV in UTF-8: {error}") from error
    if not rows:
        raise EvalError(f"{path} has no rows")
    for name in (columns.text, columns.score):
        if name not in rows[0]:
            raise EvalError(f"{path} has no column {name!r}: name it by an option")
    return Sample(
        texts=[row[columns.text] or "" for row in rows],
        languages=[(row.get(columns.language) or "").strip() or None for row in rows],
        old=_column(rows, columns.score, _score),
        label=_column(rows, columns.label, _label),
    )


def _column(rows: Sequence[dict[str, str]], name: str, read: Callable[[str], float]) -> Floats:
    values: list[float] = []
    for line, row in enumerate(rows, start=2):
        try:
            values.append(read((row.get(name) or "").strip()))
        except ValueError as error:
            raise EvalError(f"row {line}, column {name!r}: {error}") from None
    return np.array(values, dtype=np.float64)


def _score(written: str) -> float:
    try:
        value = float(written)
    except ValueError:
        raise ValueError("a score must be a number in [0, 1]") from None
    if not 0 <= value <= 1:
        raise ValueError("a score must be in [0, 1]; divide percentages by 100")
    return value


def _label(written: str) -> float:
    if not written:
        return math.nan
    if written.lower() in _TRUE | _FALSE:
        return float(written.lower() in _TRUE)
    raise ValueError("a label must be 1 or 0, or empty where nobody said")


def score_sample(engine: Scorer, sample: Sample, attribute: str) -> Floats:
    """The attribute's new score of each text; NaN in a language that is not supported.

    Raises:
        EvalError: the attribute is not one that the service answers.
    """
    if attribute not in ANSWERED:
        raise EvalError(f"attributes that are answered are {', '.join(ANSWERED)}")
    contents = [
        Content(text, language=language)
        for text, language in zip(sample.texts, sample.languages, strict=True)
    ]
    scores = [
        score
        for start in range(0, len(contents), CHUNK)
        for score in engine.score(contents[start : start + CHUNK])
    ]
    labels = ANSWERED[attribute].labels
    return np.array(
        [either(probabilities(one), labels) if one.supported else math.nan for one in scores]
    )
