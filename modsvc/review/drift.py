"""Has the traffic changed? The population stability index of score distributions.

In: two histograms over the same bins, such as that of last week's scores and the reference
that a model brings. Out: one number, and by custom what it means.
"""

from collections.abc import Sequence
from math import log
from typing import Final, Literal

from modsvc.engine.manifest import SCORE_BINS

BINS: Final = SCORE_BINS

#: Below the first number scores are as they were, from the second on they are other ones.
_MOVED: Final = 0.1
_DRIFTED: Final = 0.25

#: An empty bin is taken for this share, so that one text in it is no infinity.
_FLOOR: Final = 1e-4


def psi(seen: Sequence[float], reference: Sequence[float]) -> float | None:
    """The index of counts or shares `seen` against a `reference`; 0 or more.

    None when one of them is empty. Raises ValueError when their bins differ in number.
    """
    if len(seen) != len(reference):
        raise ValueError(f"{len(seen)} bins cannot be compared with {len(reference)}")
    if sum(seen) <= 0 or sum(reference) <= 0:
        return None
    pairs = zip(_shares(seen), _shares(reference), strict=True)
    return sum((one - other) * log(one / other) for one, other in pairs)


def meaning(index: float) -> Literal["steady", "moved", "drifted"]:
    """What an index says, by custom: `drifted` scores are to be looked into."""
    if index < _MOVED:
        return "steady"
    return "moved" if index < _DRIFTED else "drifted"


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts)
    floored = [max(count / total, _FLOOR) for count in counts]
    return [share / sum(floored) for share in floored]
