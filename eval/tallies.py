"""Totals of a set of rows in every resample, and the figures that follow from them.

In: gold labels, probabilities, flags, resamples. Out: `Tally`, whose figures have
shape [resamples]. Choosing, naming and reporting figures is left to `eval.metrics`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from eval.resampling import Resamples

#: Bins of equal width on [0, 1] for the expected calibration error.
ECE_BINS: Final = 15
#: Above this many distinct scores, ranking figures of resamples use this many quantile bins.
RANK_BINS: Final = 1024

Draws = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Confusion:
    """The four cells of a confusion matrix in every resample, [resamples] each."""

    true_negatives: Draws
    false_positives: Draws
    false_negatives: Draws
    true_positives: Draws

    def precision(self) -> Draws:
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    def recall(self) -> Draws:
        return _ratio(self.true_positives, self.true_positives + self.false_negatives)

    def false_positive_rate(self) -> Draws:
        return _ratio(self.false_positives, self.false_positives + self.true_negatives)

    def positive_f1(self) -> Draws:
        return self._f1(self.true_positives)

    def negative_f1(self) -> Draws:
        return self._f1(self.true_negatives)

    def _f1(self, hits: Draws) -> Draws:
        """F1 of the class whose hits these are; 0 where the class neither occurs nor is said."""
        misses = self.false_positives + self.false_negatives
        return np.nan_to_num(_ratio(2 * hits, 2 * hits + misses))


@dataclass(frozen=True, slots=True)
class Tally:
    """Totals in every resample.

    `ranks` is [2, bins, resamples]: negatives and positives by rising score. `gaps` is
    [ECE_BINS, resamples]: sums of probability minus gold. `squares` is the sum of its
    squares, `count` the number of rows, [resamples] each.
    """

    confusion: Mapping[str, Confusion]
    ranks: Draws
    gaps: Draws
    squares: Draws
    count: Draws

    def auroc(self) -> Draws:
        """The chance that a positive outranks a negative, ties counting half."""
        negatives, positives = self.ranks
        below = np.cumsum(negatives, axis=0) - negatives / 2
        return _ratio((positives * below).sum(0), positives.sum(0) * negatives.sum(0))

    def average_precision(self) -> Draws:
        """Sum over falling thresholds of precision times the gain in recall, as scikit-learn."""
        negatives, positives = self.ranks[:, ::-1]
        hits = np.cumsum(positives, axis=0)
        precision = np.nan_to_num(_ratio(hits, hits + np.cumsum(negatives, axis=0)))
        return _ratio((precision * positives).sum(0), positives.sum(0))

    def ece(self) -> Draws:
        return _ratio(np.abs(self.gaps).sum(0), self.count)

    def brier(self) -> Draws:
        return _ratio(self.squares, self.count)


def tally(
    gold: NDArray[np.int8],
    probability: NDArray[np.float64],
    flagged: Mapping[str, NDArray[np.bool_]],
    resamples: Resamples,
) -> Tally:
    """Count everything once, by one product of a sparse [n, features] matrix with the weights."""
    ranks, rank_bins = _rank_bins(probability)
    positive = gold.astype(int)
    gap = probability - gold
    ones = np.ones(len(gold))
    blocks = [
        (positive * rank_bins + ranks, ones, 2 * rank_bins),
        (np.minimum((probability * ECE_BINS).astype(int), ECE_BINS - 1), gap, ECE_BINS),
        (np.zeros(len(gold), dtype=int), gap**2, 1),
    ]
    blocks += [(2 * positive + flags, ones, 4) for flags in flagged.values()]
    totals = np.split(
        resamples.totals(_one_hot(blocks)), np.cumsum([width for _, _, width in blocks])[:-1]
    )
    by_rank = totals[0].reshape(2, rank_bins, -1)
    return Tally(
        confusion={
            name: Confusion(*cells) for name, cells in zip(flagged, totals[3:], strict=True)
        },
        ranks=by_rank,
        gaps=totals[1],
        squares=totals[2][0],
        count=by_rank.sum((0, 1)),
    )


def _one_hot(blocks: list[tuple[NDArray[np.int_], NDArray[np.float64], int]]) -> csr_array:
    """Side by side: for each block one value a row, in the column that the row's code names."""
    n = len(blocks[0][0])
    offsets = np.cumsum([0, *(width for _, _, width in blocks)])
    columns = [codes + offset for (codes, _, _), offset in zip(blocks, offsets, strict=False)]
    values = np.concatenate([values for _, values, _ in blocks]).astype(np.float32)
    rows = np.tile(np.arange(n), len(blocks))
    return csr_array(
        coo_array((values, (rows, np.concatenate(columns))), shape=(n, int(offsets[-1])))
    )


def _rank_bins(probability: NDArray[np.float64]) -> tuple[NDArray[np.int_], int]:
    """The rank of each score among the distinct ones, or its quantile bin if they are many."""
    distinct, ranks = np.unique(probability, return_inverse=True)
    if len(distinct) <= RANK_BINS:
        return ranks, len(distinct)
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, RANK_BINS + 1)[1:-1]))
    return np.searchsorted(edges, probability, side="right"), len(edges) + 1


def _ratio(numerator: Draws, denominator: Draws) -> Draws:
    """Their quotient, NaN where the denominator is 0."""
    out = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)
