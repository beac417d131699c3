"""Made-up predictions and corpora: no data set, no model, known quality.

`make_predictions` draws scores whose overlap is set by `skill`; `write_corpus` writes
the corpus's columns with sentences that the tiny artefact of the tests understands.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from eval.operating_points import OperatingPoints
from eval.predictions import Predictions
from modsvc.labels import LABELS
from modsvc.types import OperatingPoint

POINTS = OperatingPoints(
    {
        "misogyny": {
            "pooled": OperatingPoint(0.5, 0.9),
            "es": OperatingPoint(0.6, None),
        },
        "threats": {"pooled": OperatingPoint(0.5, None)},
        "derogation": {"pooled": OperatingPoint(0.5, None)},
    }
)
ROWS = {"en": 400, "es": 300, "ru": 300, "ro": 200, "pt-BR": 200, "ko": 30}


def make_predictions(
    rows: Mapping[str, int] = ROWS,
    *,
    skill: float = 2.0,
    neutral: int = 60,
    seed: int = 1,
    model_version: str = "synthetic-1",
) -> Predictions:
    """`rows` labelled rows a language, 30 % positive; `neutral` unlabelled ones in uz and ky."""
    rng = np.random.default_rng(seed)
    labels = np.random.default_rng(0)
    language = [code for code, n in rows.items() for _ in range(n)] + ["uz", "ky"] * (neutral // 2)
    n = len(language)
    is_neutral = np.arange(n) >= sum(rows.values())
    gold = np.full((n, len(LABELS)), np.nan, dtype=np.float32)
    gold[:, 0] = labels.random(n) < 0.3
    gold[:, 1] = np.where(gold[:, 0] == 1, labels.random(n) < 0.4, 0)
    gold[:, 3] = np.where(gold[:, 0] == 1, labels.random(n) < 0.5, 0)
    gold[is_neutral] = np.nan
    logits = rng.normal(size=gold.shape) + skill * (np.nan_to_num(gold) - 0.5)
    return Predictions(
        model_version=model_version,
        split="dev",
        corpus_sha256="0" * 64,
        points=POINTS,
        row_id=np.array([f"row-{i}" for i in range(n)], dtype=object),
        language=np.array(language, dtype=object),
        source=np.array([f"source_{code}" for code in language], dtype=object),
        tier=np.where(is_neutral, "neutral", "open").astype(object),
        group=np.array([f"group-{i // 2}" for i in range(n)], dtype=object),
        gold=gold,
        probability=1 / (1 + np.exp(-skill * logits)),
        mentions_women=labels.random(n) < 0.4,
    )


def write_corpus(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """A corpus file with the given rows; what a row does not state is null, not weak, `dev`."""
    defaults: dict[str, object] = {
        "language": "en",
        "source": "made_up",
        "split": "dev",
        "weak": False,
        "group": None,
        "tier": "open",
        **dict.fromkeys(LABELS),
    }
    full = [
        {**defaults, "row_id": f"row-{i}", **row} | ({} if "text" in row else {"text": "hello"})
        for i, row in enumerate(rows)
    ]
    strings = ("row_id", "text", "parent", "language", "source", "split", "group", "tier")
    schema = pa.schema(
        [
            *((name, pa.string()) for name in strings),
            ("weak", pa.bool_()),
            *((label, pa.int8()) for label in LABELS),
        ]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(full, schema=schema), path)
    return path
