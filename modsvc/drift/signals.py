"""A decision → the numbers that are watched.

In: a text's words and what the model said of it. Out: `Sight`, and each signal's value in [0, 1].
What the past was like is in `modsvc.drift.reference`, when a signal has moved is left to
`modsvc.drift.detectors`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from modsvc.labels import CATEGORIES

Signal = Literal["score", "embedding", "words", "share"]

#: In the order in which they are shown; `share` is a language's share of all texts.
SIGNALS: Final[tuple[Signal, ...]] = ("score", "embedding", "words", "share")

#: Languages that the past did not have are watched together, under this name.
OTHER: Final = "other"

#: Calibrated probabilities are kept so far from 0 and 1 before they become logits.
_EDGE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Sight:
    """One decision as the watch sees it.

    `content` is the text's id. `words` are None where the text was erased already, and
    `probabilities`, in the order of `modsvc.labels.LABELS`, where it was not scored.
    """

    content: str
    language: str
    words: frozenset[str] | None
    probabilities: tuple[float, ...] | None


class Move(NamedTuple):
    """The mean of the values in the past, and of the latest ones."""

    before: float
    after: float


class Alarm(NamedTuple):
    """A signal of a language has moved; `sight` is the text with which that was clear.

    `language` is `OTHER` where the past did not have the text's. `seen` are
    the language's texts since the watch began, `word` is the digest of the one that came up.
    """

    signal: Signal
    language: str
    move: Move
    sight: Sight
    seen: int
    word: str | None = None


def embedding(probabilities: tuple[float, ...]) -> NDArray[np.float64]:
    """Where a text stands in the space of the network's last layer: one logit for each label."""
    inside = np.clip(np.asarray(probabilities, np.float64), _EDGE, 1 - _EDGE)
    return np.asarray(np.log(inside / (1 - inside)), np.float64)


def distance(
    probabilities: tuple[float, ...], centre: NDArray[np.float64], spread: NDArray[np.float64]
) -> float:
    """The Mahalanobis distance (Mahalanobis 1936) of a text's embedding from the past's, in [0, 1).

    `centre` [n] and `spread` [n, n], the inverse of the covariance, are the past's. The squared
    distance d, whose mean over the past is n, becomes d / (d + n).
    """
    away = embedding(probabilities) - centre
    squared = float(away @ spread @ away)
    return squared / (squared + len(centre))


def probabilities_of(
    probability: float, categories: Mapping[str, float], toxic_other: float
) -> tuple[float, ...]:
    """What was said of a text, in the order of `modsvc.labels.LABELS`."""
    return (probability, *(categories[name] for name in CATEGORIES), toxic_other)


def score(probabilities: tuple[float, ...]) -> float:
    """The probability of misogyny, which comes first."""
    return probabilities[0]
