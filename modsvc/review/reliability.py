"""Does a probability mean what it says? The model against people, on what they reviewed.

In: probabilities with people's labels. Out: a reliability table, and how often the two agree.
Only flagged texts are reviewed, so that bins below the policy's thresholds stay almost empty:
this says how far flags can be trusted, not what was missed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from modsvc.review.drift import BINS
from modsvc.review.words import PRESENT


@dataclass(frozen=True, slots=True)
class Bin:
    """Reviewed texts with a probability of misogyny in [`low`, `high`).

    `mean_probability` and `share` (of those that people called misogynous) are None for none.
    """

    low: float
    high: float
    count: int
    mean_probability: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """How often model and people said the same of a label, where people said anything."""

    label: str
    compared: int
    agreed: int

    @property
    def rate(self) -> float | None:
        """In [0, 1]; None for nothing compared."""
        return self.agreed / self.compared if self.compared else None


def reliability(pairs: Iterable[tuple[float, int]]) -> tuple[Bin, ...]:
    """The table for (probability, label) pairs, `BINS` rows, empty ones included."""
    counts, sums, positives = [0] * BINS, [0.0] * BINS, [0] * BINS
    for probability, label in pairs:
        index = min(int(probability * BINS), BINS - 1)
        counts[index] += 1
        sums[index] += probability
        positives[index] += label
    return tuple(
        Bin(
            low=index / BINS,
            high=(index + 1) / BINS,
            count=count,
            mean_probability=sums[index] / count if count else None,
            share=positives[index] / count if count else None,
        )
        for index, count in enumerate(counts)
    )


def label_agreement(label: str, pairs: Iterable[tuple[float, int]]) -> LabelAgreement:
    """Agreement over (probability, people's label) pairs; the model says yes from one half on."""
    compared = agreed = 0
    for probability, said in pairs:
        compared += 1
        agreed += (probability >= PRESENT) == bool(said)
    return LabelAgreement(label, compared, agreed)
