"""Bootstrap weights: how often each group of rows is drawn in each resample.

In: the group of every row. Out: `Resamples`, one weight a group and resample, drawn
once for a report so that every figure, and both sides of a comparison, see the same
resamples (which is what makes a comparison paired). Rows of a group are drawn together,
because near-duplicates are not independent evidence.

The weights are Poisson(1), the limit of multinomial resampling for many groups (Hanley
and MacGibbon 2006, "Creating non-parametric bootstrap samples using Poisson
frequencies"); unlike it they can be cut to a subset of the groups.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from eval.corpus import Strings

CONFIDENCE = 0.95
SEED = 20260101


@dataclass(frozen=True, slots=True)
class Resamples:
    """`codes` [n] is the group of each row, `weights` [groups, resamples] its Poisson draws."""

    codes: NDArray[np.intp]
    weights: NDArray[np.uint8]

    @classmethod
    def draw(cls, groups: Strings, *, resamples: int, seed: int = SEED) -> "Resamples":
        """Weights for every distinct group; the same groups and seed give the same draws."""
        names, codes = np.unique(groups.astype(str), return_inverse=True)
        rng = np.random.default_rng(seed)
        return cls(codes, rng.poisson(1.0, size=(len(names), resamples)).astype(np.uint8))

    def select(self, rows: NDArray[np.bool_]) -> "Resamples":
        """The same draws for a subset of the rows."""
        kept, codes = np.unique(self.codes[rows], return_inverse=True)
        return Resamples(codes, self.weights[kept])

    def totals(self, features: csr_array) -> NDArray[np.float64]:
        """Weighted column sums of `features` [n, m] in every resample: [m, resamples]."""
        n = len(self.codes)
        membership = csr_array(
            (np.ones(n, dtype=np.float32), (np.arange(n), self.codes)),
            shape=(n, len(self.weights)),
        )
        by_group = csr_array(features.T @ membership)
        totals: NDArray[np.float32] = by_group @ self.weights.astype(np.float32)
        return totals.astype(np.float64)


def interval(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """The percentile interval of resampled figures; None where none of them is defined."""
    defined = values[np.isfinite(values)]
    if not defined.size:
        return None
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(defined, [tail, 100 - tail])
    return float(low), float(high)
