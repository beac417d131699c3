"""Why a text is worth a person's minute: three numbers for each text, in [0, 1].

In: probabilities of misogyny, what is known of neighbours, and times. Out: scores, higher is more
worth; 0 means that a reason says nothing. `eval.active` measures on gold labels what they save,
so nothing here knows the store. How many are taken for which reason is left to
`modsvc.review.suggest.choose`.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modsvc.review.suggest.neighbours import Neighbours

Floats = NDArray[np.floating[Any]]

#: Neighbours say something from this sum of closeness on: two that are half alike.
_HEARD: Final = 1.0
#: ... and are new together when they are this close on average.
_CLOSE: Final = 0.25


def uncertainty(probability: Floats) -> Floats:
    """1 where the model is least sure (one half), 0 where it is certain.

    Uncertainty sampling (Lewis and Gale 1994, "A sequential algorithm for training text
    classifiers").
    """
    return 1 - np.abs(2 * probability - 1)


def disagreement(probability: Floats, told: Floats, near: Neighbours) -> Floats:
    """How far a text's probability is from what its neighbours were found to be.

    `told` [n] is people's label where there is one, else the model's probability. Neighbours
    count by their closeness; too few close ones say nothing.
    """
    if not near.places.shape[1]:
        return np.zeros(len(probability))
    heard = near.closeness.sum(axis=1)
    around = (near.closeness * told[near.places]).sum(axis=1) / np.maximum(heard, 1e-9)
    return np.where(heard >= _HEARD, np.abs(around - probability), 0.0)


def novelty(is_recent: NDArray[np.bool_], near: Neighbours) -> Floats:
    """How much more recent a text's neighbourhood is than its time; 0 for what is not recent.

    Where traffic is as before, the nearest neighbours of a recent text are as often recent as
    any text is; a new campaign's lie among each other (the two-sample test of Schilling 1986,
    "Multivariate two-sample tests based on nearest neighbors"). Only close neighbours count, so
    that texts like no others are no cluster.
    """
    if not near.places.shape[1] or not is_recent.any() or is_recent.all():
        return np.zeros(len(is_recent))
    expected = is_recent.mean()
    share = is_recent[near.places].mean(axis=1)
    above = np.clip((share - expected) / (1 - expected), 0, 1)
    together = is_recent & (near.closeness.mean(axis=1) >= _CLOSE)
    return np.where(together, above, 0.0)
