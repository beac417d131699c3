"""What a name of another service's taxonomy means in the labels of this one.

In: a score. Out: its probabilities by label, and the probability of a name that stands for several
labels. The tables of names are the dialects' own.
"""

from collections.abc import Iterable, Mapping
from math import prod

from modsvc.labels import CATEGORIES, MISOGYNY, TOXIC_OTHER
from modsvc.types import Score


def probabilities(score: Score) -> dict[str, float]:
    """The calibrated probability of each label, in the order of `LABELS`."""
    return {
        MISOGYNY: score.probability,
        **{name: score.categories[name] for name in CATEGORIES},
        TOXIC_OTHER: score.toxic_other,
    }


def either(by_label: Mapping[str, float], labels: Iterable[str]) -> float:
    """The probability that at least one of the labels holds, as if they were independent.

    Of the ways to join `misogyny` and `toxic_other` this had the lowest Brier score on dev
    (docs/adr/0031-dialects.md). No labels are 0.
    """
    return 1.0 - prod(1.0 - by_label[label] for label in labels)


def ranked(score: Score, places: int) -> list[dict[str, str | float]]:
    """Every label with its probability, the greatest first, as classifiers' servers answer.

    Probabilities that are alike when rounded are in the order of `LABELS`.
    """
    by_label = {label: round(value, places) for label, value in probabilities(score).items()}
    order = sorted(by_label, key=by_label.__getitem__, reverse=True)
    return [{"score": by_label[label], "label": label} for label in order]
