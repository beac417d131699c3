"""Reviews that may be wrong: where one person said what the model has good reason to doubt.

In: people's labels and the model's probabilities, which were made before any of them. Out: places,
the most doubtful first, found by cleanlab's confident learning (Northcutt et al. 2021,
"Confident Learning: Estimating Uncertainty in Dataset Labels"). It is an extra: `modsvc[active]`.
"""

import importlib.util
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Labels of each kind below which the library's thresholds are chance.
MIN_PER_CLASS: Final = 5


def installed() -> bool:
    """Whether label errors can be looked for here."""
    return importlib.util.find_spec("cleanlab") is not None


def doubtful(labels: Sequence[int], probabilities: Sequence[float]) -> list[int]:
    """Places of labels that are likely wrong; none where there are too few of one kind.

    `labels` are 0 or 1, `probabilities` the model's of 1. Call it where `installed`.
    """
    positives = sum(labels)
    if min(positives, len(labels) - positives) < MIN_PER_CLASS:
        return []
    from cleanlab.filter import find_label_issues

    positive = np.asarray(probabilities, dtype=np.float64)
    found: NDArray[np.int64] = find_label_issues(
        np.asarray(labels),
        np.stack([1 - positive, positive], axis=1),
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )
    return [int(place) for place in found]
