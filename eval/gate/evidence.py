"""What a gate judges by: the same texts, scored by both models.

In: two engines, a corpus, perhaps a file of reviewed texts. Out: `Evidence`: predictions of both
on the gold rows, the neutral rows and the reviewed ones, and the functional suites. Texts that
people reviewed are kept apart from gold, and those that the challenger was trained on are left
out. Judging is left to `eval.gate.findings`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.corpus import AUTHORED, Rows, read_rows
from eval.functional.run import Outcome, run_suites
from eval.functional.suite import Suite
from eval.gate.reviewed import read_reviewed
from eval.predict import Scorer, predict_cached
from eval.predictions import Predictions
from training.catalogue import REVIEWS


@dataclass(frozen=True, slots=True)
class Side:
    """One model's part of the evidence; what is None there was no text of."""

    gold: Predictions | None
    neutral: Predictions | None
    reviewed: Predictions | None
    outcomes: list[Outcome]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both models on the same texts. `left_out` counts reviewed texts that were trained on."""

    champion: Side
    challenger: Side
    corpus_sha256: str | None
    split: str
    left_out: int


def gather(
    champion: Scorer,
    challenger: Scorer,
    *,
    corpus: Path | None,
    split: str,
    reviews: Path | None,
    suites: Sequence[Suite],
    most: int | None,
    cache: Path,
) -> Evidence:
    """Score everything by both. `most` is the most texts of a language, None for all.

    Without a corpus there are neither gold nor neutral texts. Raises EvalError for files that
    cannot be used.
    """
    rows = None if corpus is None else read_rows(corpus, split)
    parts: dict[str, Rows] = {}
    left_out = 0
    if rows is not None:
        # The project's own sentences are not gold; its own cases are judged by themselves.
        gold = (rows.source != REVIEWS) & (rows.tier != AUTHORED)
        parts = {"gold": rows.select(gold), "reviewed": rows.select(rows.source == REVIEWS)}
    if reviews is not None:
        parts["reviewed"], left_out = read_reviewed(reviews, corpus)
    parts = {name: _at_most(part, most) for name, part in parts.items() if len(part.text)}

    def side(engine: Scorer) -> Side:
        scored = {name: predict_cached(engine, part, cache) for name, part in parts.items()}
        labelled = scored.get("gold")
        return Side(
            gold=labelled and labelled.measured(),
            neutral=labelled and labelled.neutral(),
            reviewed=scored.get("reviewed"),
            outcomes=run_suites(engine, suites),
        )

    sha256 = None if rows is None else rows.corpus_sha256
    return Evidence(side(champion), side(challenger), sha256, split, left_out)


def _at_most(rows: Rows, most: int | None) -> Rows:
    """At most so many rows of a language, at random but always the same ones."""
    digests = [hashlib.sha256(str(one).encode()).digest() for one in rows.row_id]
    order = np.array(sorted(range(len(digests)), key=digests.__getitem__), dtype=np.intp)
    chosen = [order[rows.language[order] == code][:most] for code in sorted(set(rows.language))]
    kept = np.sort(np.concatenate([*chosen, np.empty(0, np.intp)]))
    # Kept predictions of these rows are not those of all rows of the file.
    name = hashlib.sha256("\n".join(map(str, rows.row_id[kept])).encode()).hexdigest()
    return replace(rows.select(kept), corpus_sha256=f"{rows.corpus_sha256} {name}")
