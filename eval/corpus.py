"""The rows of one split of the corpus, as arrays.

In: the Parquet file that `python -m training corpus` writes. Out: `Rows`, without
weak labels: what a rule labelled may train a model but never measure it. Scoring
is left to `eval.predict`.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from eval.errors import EvalError
from modsvc.digests import file_sha256
from modsvc.labels import LABELS

NEUTRAL = "neutral"
#: Sentences written for the project and verified by nobody; never mixed with gold labels.
AUTHORED = "authored"
COLUMNS = (
    *("row_id", "text", "parent", "language", "source", "tier", "group", "split", "weak"),
    *LABELS,
)

Strings = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Rows:
    """`n` rows of one split. `gold` is [n, 8] in the order of `LABELS`, NaN where unstated.

    `parent` is None where a text replies to nothing.
    """

    split: str
    corpus_sha256: str
    row_id: Strings
    text: Strings
    parent: Strings
    language: Strings
    source: Strings
    tier: Strings
    group: Strings
    gold: NDArray[np.float32]

    def select(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Rows":
        """The rows named by a mask or by positions, in that order."""
        arrays = ("row_id", "text", "parent", "language", "source", "tier", "group", "gold")
        return replace(self, **{name: getattr(self, name)[rows] for name in arrays})


def read_rows(path: Path, split: str) -> Rows:
    """The rows of `split` that people labelled, and the neutral ones.

    A row without a group of its own is its own group.

    Raises:
        EvalError: no such file, a column is missing, or the split is empty.
    """
    if not path.is_file():
        raise EvalError(f"no corpus at {path}; make it with: python -m training corpus")
    if missing := set(COLUMNS) - set(pq.read_schema(path).names):
        raise EvalError(f"{path} lacks the columns {sorted(missing)}; build the corpus again")
    table = pq.read_table(path, columns=list(COLUMNS), filters=[("split", "=", split)])
    by_people = pc.invert(pc.fill_null(table["weak"], False))
    table = table.filter(pc.or_(by_people, pc.equal(table["tier"], NEUTRAL)))
    if table.num_rows == 0:
        raise EvalError(f"{path} has no rows in split {split!r}; choose another with --split")

    def strings(name: str) -> Strings:
        return np.array(table[name].to_pylist(), dtype=object)

    row_id, group = strings("row_id"), strings("group")
    own = np.array([value is None or value == "" for value in group])
    gold = [table[name].cast("float32").to_numpy() for name in LABELS]
    return Rows(
        split=split,
        corpus_sha256=file_sha256(path),
        row_id=row_id,
        text=strings("text"),
        parent=strings("parent"),
        language=strings("language"),
        source=strings("source"),
        tier=strings("tier"),
        group=np.where(own, row_id, group),
        gold=np.stack(gold, axis=1).astype(np.float32),
    )
