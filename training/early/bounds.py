"""How sure the lower layers must be, language by language.

In: alarms of texts, whether the whole model flags each, and their languages. Out: the alarm below
which a text of a language may leave early. A flagged text that leaves is a changed decision; every
language keeps its share of them under the budget, so that all together do. A language with too few
texts to show that never leaves early.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.early.graph import Flags, Floats

#: At most this share of decisions may change.
BUDGET: Final = 0.001

#: What is fitted to stay under the budget elsewhere: a share of it.
_MARGIN: Final = 0.5
#: Fewer texts, or fewer flagged ones, say too little of a language.
_MIN_TEXTS: Final = 200
_MIN_FLAGGED: Final = 20
#: Bounds are written down to so many places.
_STEP: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Judged:
    """n texts: the lower layers' alarms, whether the whole model flags each, and languages."""

    alarms: Floats
    flagged: Flags
    languages: NDArray[Any]


def fit_exits(fitted: Judged, checked: Judged) -> dict[str, dict[str, float]]:
    """`by_language` of an `EarlyExit`: the bounds, and what they change among `checked` texts.

    They have to hold on both: neither alone has many texts of the rarer languages.
    """
    limits = fit_bounds(
        np.concatenate([fitted.alarms, checked.alarms]),
        np.concatenate([fitted.flagged, checked.flagged]),
        np.concatenate([fitted.languages, checked.languages]),
    )
    left = leaving(checked.alarms, checked.languages, limits)
    return {code: _entry(below, left, checked, code) for code, below in limits.items()}


def fit_bounds(alarms: Floats, flagged: Flags, languages: NDArray[Any]) -> dict[str, float]:
    """By language, the largest bound within the budget."""
    found = {}
    for code in sorted(set(languages.tolist())):
        own = languages == code
        if own.sum() >= _MIN_TEXTS and flagged[own].sum() >= _MIN_FLAGGED:
            allowed = int(_MARGIN * BUDGET * own.sum())
            # No more than the allowed flagged texts are below the next one.
            highest = float(np.sort(alarms[own & flagged])[allowed])
            found[code] = round(float(np.floor(highest / _STEP)) * _STEP, 4)
    return found


def leaving(alarms: Floats, languages: NDArray[Any], bounds: Mapping[str, float]) -> Flags:
    """Which texts leave early."""
    limits = np.array([bounds.get(code, -np.inf) for code in languages.tolist()])
    gone: Flags = alarms < limits
    return gone


def _entry(below: float, left: Flags, checked: Judged, language: str) -> dict[str, float]:
    own = checked.languages == language
    return {
        "below": below,
        "texts": int(own.sum()),
        "left": int((left & own).sum()),
        "changed": int((left & own & checked.flagged).sum()),
    }
