"""Which texts are most like which.

In: unit vectors. Out: for each row the rows nearest to it and how near these are. All pairs are
compared, a block of rows at a time, so that memory grows with the texts and not with their square.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modsvc.review.suggest.ngrams import Floats

#: Neighbours of a text that are asked.
NEAREST: Final = 10
_BLOCK: Final = 512


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`places` [n, k] are the nearest other rows, the nearest first; `closeness` their cosines.

    Negative cosines are 0: a row that is unlike has nothing to say.
    """

    places: NDArray[np.intp]
    closeness: Floats


def nearest(vectors: Floats, k: int = NEAREST) -> Neighbours:
    """The `k` nearest other rows of each row, or all of them where there are fewer."""
    n = len(vectors)
    k = max(min(k, n - 1), 0)
    places = np.zeros((n, k), np.intp)
    closeness = np.zeros((n, k), np.float32)
    for start in range(0, n if k else 0, _BLOCK):
        part = vectors[start : start + _BLOCK] @ vectors.T
        rows = np.arange(len(part))
        part[rows, start + rows] = -np.inf
        found = np.argpartition(-part, k - 1, axis=1)[:, :k]
        near = np.take_along_axis(part, found, axis=1)
        order = np.argsort(-near, axis=1, kind="stable")
        places[start : start + _BLOCK] = np.take_along_axis(found, order, axis=1)
        closeness[start : start + _BLOCK] = np.take_along_axis(near, order, axis=1)
    return Neighbours(places, np.maximum(closeness, 0))
