"""Reviewed texts to compare models by.

In: a file of `modsvc export reviews`, JSON Lines or Parquet, and the corpus that the challenger
was trained on. Out: `Rows` that neither trained nor calibrated it. Near-duplicates of such texts
are not looked for.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from eval.corpus import Rows, Strings
from eval.errors import EvalError
from modsvc.digests import file_sha256
from modsvc.engine.normalise import normalise
from modsvc.labels import LABELS
from training.converters.reviews import records

_LEARNT_FROM: Final = ["train", "calibration"]


def read_reviewed(path: Path, corpus: Path | None) -> tuple[Rows, int]:
    """The texts of the file that the corpus does not learn from, and how many it does.

    Raises EvalError where it is no such file.
    """
    try:
        rows = _rows(list(records(path)), file_sha256(path))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise EvalError(
            f"{path} is not a file of `modsvc export reviews`: write it again, as JSONL or Parquet"
        ) from error
    learnt = set() if corpus is None else _learnt(corpus)
    unseen = np.array([text not in learnt for text in rows.text], dtype=bool)
    return rows.select(unseen), int((~unseen).sum())


def _rows(found: Sequence[Mapping[str, Any]], sha256: str) -> Rows:
    def strings(name: str) -> Strings:
        return np.array([record[name] for record in found], dtype=object)

    gold = np.array([[record[label] for label in LABELS] for record in found], np.float32)
    return Rows(
        split="reviewed",
        corpus_sha256=sha256,
        row_id=strings("row_id"),
        text=np.array([normalise(record["text"]) for record in found], dtype=object),
        parent=strings("parent"),
        language=strings("language"),
        source=strings("source"),
        tier=strings("tier"),
        group=strings("group"),
        gold=gold.reshape(len(found), len(LABELS)),
    )


def _learnt(corpus: Path) -> set[str]:
    table = pq.read_table(corpus, columns=["text", "split"])
    learnt = table.filter(pc.is_in(table["split"], value_set=pa.array(_LEARNT_FROM)))
    return set(learnt["text"].to_pylist())
