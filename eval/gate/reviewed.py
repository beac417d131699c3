"""Reviewed texts to compare models by.

In: a file of `modsvc export reviews`, JSON Lines or Parquet, and the corpus that the challenger
was trained on. Out: `Rows` that neither trained nor calibrated it. Near-duplicates of such texts
are not looked for.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from eval.corpus import EvalError, Rows
from modsvc.engine.artifact import file_sha256
from modsvc.engine.normalise import normalise
from modsvc.labels import LABELS

#: The source of what people decided at a review desk, in a corpus and in reports.
REVIEWS: Final = "reviews"
_LEARNT_FROM: Final = ["train", "calibration"]


def read_reviewed(path: Path, corpus: Path | None) -> tuple[Rows, int]:
    """The texts of the file that the corpus does not learn from, and how many it does.

    Texts whose days are over by now stay out, although the file still has them. Raises EvalError
    where it is no such file.
    """
    try:
        today = datetime.now(UTC).date().isoformat()
        records = [one for one in _records(path) if (one.get("kept_until") or today) >= today]
        texts = [normalise(record["text"]) for record in records]
        gold = np.array([[record[label] for label in LABELS] for record in records], np.float32)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise EvalError(
            f"{path} is not a file of `modsvc export reviews`: write it again, as JSONL or Parquet"
        ) from error
    learnt = set() if corpus is None else _learnt(corpus)
    kept = [place for place, text in enumerate(texts) if text not in learnt]

    def strings(name: str) -> Any:
        return np.array([records[place][name] for place in kept], dtype=object)

    ids = [str(records[place].get("row_id") or f"{REVIEWS}-{place}") for place in kept]
    row_id = np.array(ids, dtype=object)
    group = np.array([records[place].get("group") or ids[n] for n, place in enumerate(kept)])
    rows = Rows(
        split="reviewed",
        corpus_sha256=file_sha256(path),
        row_id=row_id,
        text=np.array([texts[place] for place in kept], dtype=object),
        parent=strings("parent"),
        language=strings("language"),
        source=np.full(len(kept), REVIEWS, dtype=object),
        tier=np.full(len(kept), "research", dtype=object),
        group=group.astype(object),
        gold=gold.reshape(len(records), len(LABELS))[kept],
    )
    return rows, len(texts) - len(kept)


def _records(path: Path) -> list[Mapping[str, Any]]:
    if path.suffix == ".parquet":
        found: list[Mapping[str, Any]] = pq.read_table(path).to_pylist()
        return found
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def _learnt(corpus: Path) -> set[str]:
    table = pq.read_table(corpus, columns=["text", "split"])
    learnt = table.filter(pc.is_in(table["split"], value_set=pa.array(_LEARNT_FROM)))
    return set(learnt["text"].to_pylist())
