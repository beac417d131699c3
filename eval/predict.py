"""Scores for a split, by the engine that serves, kept so that they are made once.

In: an engine and the rows of a split. Out: `Predictions`. The language of a row is
given to the engine as a caller would; language detection is measured elsewhere.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from eval.corpus import Rows
from eval.operating_points import OperatingPoints
from eval.predictions import SCHEMA_VERSION, Predictions, read_predictions, write_predictions
from eval.women import WOMEN_TERMS, mentions_women
from modsvc.engine.artifact import MANIFEST_FILE, Artifact
from modsvc.labels import CATEGORIES
from modsvc.types import Content, Score

#: Texts handed to the engine at once; it sorts and batches them by length itself.
CHUNK = 1024


class Scorer(Protocol):
    """The part of `modsvc.engine.engine.Engine` that is used here."""

    artifact: Artifact

    def score(self, contents: Sequence[Content]) -> list[Score]: ...


def predict(engine: Scorer, rows: Rows, *, show_progress: bool = True) -> Predictions:
    """Score every row with the engine, in the order of `rows`."""
    starts = range(0, len(rows.text), CHUNK)
    parts = [
        _score_chunk(engine, rows, slice(start, start + CHUNK))
        for start in track(starts, f"scoring {rows.split}", disable=not show_progress)
    ]
    return Predictions(
        model_version=engine.artifact.model_version,
        split=rows.split,
        corpus_sha256=rows.corpus_sha256,
        points=OperatingPoints.of(engine.artifact.calibration.operating_points),
        row_id=rows.row_id,
        language=rows.language,
        source=rows.source,
        tier=rows.tier,
        group=rows.group,
        gold=rows.gold,
        probability=np.concatenate(parts),
        mentions_women=mentions_women(rows.text, rows.language),
    )


def predict_cached(
    engine: Scorer, rows: Rows, cache_dir: Path, *, show_progress: bool = True
) -> Predictions:
    """`predict`, or what it gave before for the same artefact, corpus and split."""
    path = cache_dir / f"{_cache_key(engine.artifact, rows)}.parquet"
    if path.is_file():
        return read_predictions(path)
    predictions = predict(engine, rows, show_progress=show_progress)
    write_predictions(predictions, path)
    return predictions


def _score_chunk(engine: Scorer, rows: Rows, part: slice) -> NDArray[np.float64]:
    columns = zip(rows.text[part], rows.language[part], rows.parent[part], strict=True)
    contents = [
        Content(text=text, language=language, parent=parent) for text, language, parent in columns
    ]
    return np.array([_vector(score) for score in engine.score(contents)], dtype=np.float64)


def _vector(score: Score) -> list[float]:
    return [score.probability, *(score.categories[c] for c in CATEGORIES), score.toxic_other]


def _cache_key(artifact: Artifact, rows: Rows) -> str:
    """The manifest names every file's hash, so a re-calibrated model is another model."""
    digest = hashlib.sha256((artifact.path / MANIFEST_FILE).read_bytes())
    for part in (WOMEN_TERMS.read_bytes(), rows.corpus_sha256.encode(), bytes([SCHEMA_VERSION])):
        digest.update(part)
    return f"{artifact.model_version}-{rows.split}-{digest.hexdigest()[:16]}"
