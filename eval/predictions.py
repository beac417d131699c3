"""What a model said of each row of a split, beside what people said.

In: arrays. Out: `Predictions`, kept in a Parquet file that holds no text, so a
report can be made, shared and compared without the corpus. Making the predictions
is left to `eval.predict`, judging them to `eval.groups`.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from eval.corpus import AUTHORED, NEUTRAL, Strings
from eval.errors import EvalError
from eval.operating_points import OperatingPoints
from modsvc.labels import LABELS

SCHEMA_VERSION = 1
_METADATA_KEY = b"modsvc.eval"
_STRING_COLUMNS = ("row_id", "language", "source", "tier", "group")


@dataclass(frozen=True, slots=True)
class Predictions:
    """`n` scored rows.

    `gold` and `probability` are [n, 8] in the order of `LABELS`; gold is NaN where the
    source does not say, probabilities are calibrated and lie in [0, 1].
    `mentions_women` marks texts with an everyday word for women (`eval.women`).
    """

    model_version: str
    split: str
    corpus_sha256: str
    points: OperatingPoints
    row_id: Strings
    language: Strings
    source: Strings
    tier: Strings
    group: Strings
    gold: NDArray[np.float32]
    probability: NDArray[np.float64]
    mentions_women: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row_id)

    def select(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Predictions":
        """The rows named by a mask or by positions, in that order."""
        arrays = (*_STRING_COLUMNS, "gold", "probability", "mentions_women")
        return replace(self, **{name: getattr(self, name)[rows] for name in arrays})

    def measured(self) -> "Predictions":
        """The rows of public datasets that people labelled."""
        return self.select((self.tier != NEUTRAL) & (self.tier != AUTHORED))

    def authored(self) -> "Predictions":
        """The project's own sentences, which no native speaker has verified."""
        return self.select(self.tier == AUTHORED)

    def neutral(self) -> "Predictions":
        """The rows assumed harmless: unlabelled news, subtitles and encyclopaedia sentences."""
        return self.select(self.tier == NEUTRAL)


def write_predictions(predictions: Predictions, path: Path) -> None:
    """Write one Parquet file; the model and its thresholds go into the file's metadata."""
    columns: dict[str, pa.Array] = {
        name: pa.array(getattr(predictions, name), type=pa.string()) for name in _STRING_COLUMNS
    }
    columns["mentions_women"] = pa.array(predictions.mentions_women)
    for index, label in enumerate(LABELS):
        columns[f"gold_{label}"] = pa.array(predictions.gold[:, index])
        columns[f"probability_{label}"] = pa.array(predictions.probability[:, index])
    about = {
        "schema_version": SCHEMA_VERSION,
        "model_version": predictions.model_version,
        "split": predictions.split,
        "corpus_sha256": predictions.corpus_sha256,
        "operating_points": predictions.points.to_json(),
    }
    table = pa.table(columns).replace_schema_metadata({_METADATA_KEY: json.dumps(about)})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    pq.write_table(table, partial)
    partial.replace(path)


def read_predictions(path: Path) -> Predictions:
    """Read what `write_predictions` wrote.

    Raises:
        EvalError: not such a file, or one of another schema version.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise EvalError(f"{path} is not a predictions file; run: python -m eval run") from error
    about = json.loads((table.schema.metadata or {}).get(_METADATA_KEY, b"{}"))
    if about.get("schema_version") != SCHEMA_VERSION:
        raise EvalError(f"{path} has another schema; delete it and run: python -m eval run")
    strings = {name: np.array(table[name].to_pylist(), dtype=object) for name in _STRING_COLUMNS}

    def matrix(prefix: str) -> NDArray[np.float64]:
        return np.stack([table[f"{prefix}_{label}"].to_numpy() for label in LABELS], axis=1)

    return Predictions(
        model_version=about["model_version"],
        split=about["split"],
        corpus_sha256=about["corpus_sha256"],
        points=OperatingPoints.from_json(about["operating_points"]),
        **strings,
        gold=matrix("gold").astype(np.float32),
        probability=matrix("probability").astype(np.float64),
        mentions_women=table["mentions_women"].to_numpy(zero_copy_only=False),
    )
