"""What a gate finds out, and how sure it is of it.

In: a figure of both models, and what it is in resamples that they share. Out: `Finding`, with a
p-value, or `Untested` where there are too few texts to tell. What to compare is left to
`eval.gate.labelled` and `eval.gate.cases`.

A p-value is one-sided, of "the challenger is at most `tolerance` worse". It comes from the paired
bootstrap: the figure's difference over its standard deviation in the resamples, held against the
normal distribution (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", sections 12 and
16). Shares of resamples could not be small enough to survive the correction for a hundred
comparisons.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from eval.corpus import Strings
from eval.metrics import METRICS

Part = Literal["gold", "reviewed", "neutral", "functional"]

#: Every language together, beside each alone.
ALL: Final = "all"
#: Decisions as the packaged policy makes them, and the ranking beneath.
JUDGED: Final = ("macro_f1_at_review", "average_precision")
ALARMS: Final = "fpr_at_review"
ACCURACY: Final = "accuracy"
NAMES: Final = {**METRICS, ACCURACY: "accuracy"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure of both models on one language of one part.

    `gain` is how much better the challenger is, negative where it is worse; `interval` is the
    95 % one of `challenger - champion`; `flagged` are the shares that both would flag.
    """

    part: Part
    language: str
    metric: str
    support: int
    positives: int
    champion: float
    challenger: float
    gain: float
    interval: tuple[float, float] | None
    p: float
    flagged: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Untested:
    """A language of which a part has too few texts."""

    part: Part
    language: str
    reason: str


def p_value(gain: float, drawn: NDArray[np.float64], tolerance: float) -> float:
    """How well a model that is `tolerance` worse explains the gain; see the module."""
    defined = drawn[np.isfinite(drawn)]
    deviation = float(defined.std(ddof=1)) if len(defined) > 1 else 0.0
    distance = gain + tolerance
    # Differences of equal figures are not quite 0.
    if deviation < 1e-12:
        return 0.0 if distance < -1e-9 else 1.0
    return float(ndtr(distance / deviation))


def languages_of(keys: Strings) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Each language alone, then all of them where there is more than one."""
    names = sorted(set(keys))
    for name in names:
        yield str(name), keys == name
    if len(names) > 1:
        yield ALL, np.ones(len(keys), dtype=bool)
