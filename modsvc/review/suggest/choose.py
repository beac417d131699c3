"""Some of the texts, for several reasons, and no two that are alike.

In: a score for each text and reason, and vectors. Out: `Pick`s, so many for each reason as `SHARES`
says; what one reason cannot fill goes to the others. One text in eight is drawn by chance: only
those tell what the model misses where it is sure.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from modsvc.review.suggest.ngrams import Floats

Reason = Literal["uncertain", "neighbours", "drifted", "chance"]

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)

#: Of the picks of a language that the model was measured on ...
SHARES: Final[Mapping[Reason, float]] = {
    "uncertain": 0.5,
    "neighbours": 0.125,
    "drifted": 0.25,
    "chance": 0.125,
}
#: ... and of one that it was not: there its own doubts say less.
UNMEASURED: Final[Mapping[Reason, float]] = {
    "uncertain": 0.25,
    "neighbours": 0.125,
    "drifted": 0.125,
    "chance": 0.5,
}

#: Texts with a higher cosine are the same one, more or less: one of them is enough.
_ALIKE: Final = 0.8

#: The order in which reasons take turns: what is rare first.
_TURNS: Final[tuple[Reason, ...]] = ("drifted", "neighbours", "uncertain", "chance")


class Pick(NamedTuple):
    """A row that was chosen, why, and the score that it has for that reason."""

    row: int
    reason: Reason
    score: float


def choose(
    scores: Mapping[Reason, NDArray[np.floating[Any]]],
    vectors: Floats,
    limit: int,
    shares: Mapping[Reason, float] = SHARES,
) -> list[Pick]:
    """At most `limit` rows, those of each reason together, the best first.

    A reason without scores is skipped; rows that score 0 are not taken for it.
    """
    taken = _Taken(vectors, limit)
    for reason in _TURNS:
        if reason in scores:
            taken.take(reason, scores[reason], _ceil(shares.get(reason, 0.0) * limit))
    for reason in REASONS:
        if reason in scores:
            taken.take(reason, scores[reason], limit)
    return sorted(taken.picks, key=lambda pick: (REASONS.index(pick.reason), -pick.score))


class _Taken:
    """The picks so far, none like another."""

    def __init__(self, vectors: Floats, limit: int) -> None:
        self.picks: list[Pick] = []
        self._vectors, self._limit = vectors, limit
        self._near = np.zeros(len(vectors), np.float32)
        self._rows: set[int] = set()

    def take(self, reason: Reason, scores: NDArray[np.floating[Any]], wanted: int) -> None:
        """Add the best `wanted` rows for this reason, as far as there is room."""
        end = min(len(self.picks) + wanted, self._limit)
        for row in np.argsort(-scores, kind="stable").tolist():
            if len(self.picks) >= end or scores[row] <= 0:
                return
            if row not in self._rows and self._near[row] <= _ALIKE:
                self._rows.add(row)
                self.picks.append(Pick(row, reason, float(scores[row])))
                np.maximum(self._near, self._vectors @ self._vectors[row], out=self._near)


def _ceil(number: float) -> int:
    return int(np.ceil(number - 1e-9))
