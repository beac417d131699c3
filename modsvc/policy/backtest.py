"""Many decisions at once: what a policy would make of scores that are stored as columns.

In: columns of scores, one row a decision, and a policy. Out: one action a row, the same that
`modsvc.policy.decide` gives one score (a property test compares the two), some hundred times
faster. Reading the columns and counting what changed are left to `modsvc.ingest.backtest`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modsvc.labels import LABELS
from modsvc.policy.decide import ACTIONS
from modsvc.policy.rules import Policy

#: Places in `modsvc.policy.decide.ACTIONS`, which go from the mildest to the strictest.
Actions = NDArray[np.int8]

_ALLOW: Final = ACTIONS.index("allow")
_REVIEW: Final = ACTIONS.index("review")
_WITHHOLD: Final = ACTIONS.index("withhold")


@dataclass(frozen=True, slots=True)
class Columns:
    """n scores. `community` is "" where there is none.

    `probabilities` has shape [n, 8] in the order of `modsvc.labels.LABELS`; a row that was
    not scored is NaN throughout, and a human looks at it under every policy. `no_text` and
    `blocked` (whether a term to block stands in the text) have shape [n].
    """

    community: Sequence[str]
    language: Sequence[str]
    probabilities: NDArray[np.float64]
    supported: NDArray[np.bool_]
    no_text: NDArray[np.bool_]
    blocked: NDArray[np.bool_]


def decide_columns(columns: Columns, policy: Policy) -> Actions:
    """The action for each row, shape [n]."""
    kinds: dict[tuple[str, str], int] = {}
    kind = np.array(
        [
            kinds.setdefault(pair, len(kinds))
            for pair in zip(columns.community, columns.language, strict=True)
        ],
        dtype=np.intp,
    )
    review, withhold, unsupported = _thresholds(list(kinds), policy)
    reached = columns.probabilities >= review[kind]
    beyond = columns.probabilities >= withhold[kind]
    action = np.where(beyond.any(axis=1), _WITHHOLD, np.where(reached.any(axis=1), _REVIEW, _ALLOW))
    limited = np.where(action == _ALLOW, unsupported[kind], _REVIEW)
    action = np.where(columns.supported, action, limited)
    action = np.where(columns.no_text, _ALLOW, action)
    action = np.where(columns.blocked, np.maximum(action, _REVIEW), action)
    failed = np.isnan(columns.probabilities).all(axis=1)
    return np.where(failed, _REVIEW, action).astype(np.int8)


def _thresholds(
    kinds: Sequence[tuple[str, str]], policy: Policy
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """What holds for each pair of community and language; inf where a label never acts."""
    shape = len(kinds), len(LABELS)
    review, withhold = np.full(shape, np.inf), np.full(shape, np.inf)
    unsupported = np.zeros(len(kinds), dtype=np.intp)
    for row, (community, language) in enumerate(kinds):
        rules = policy.rules_for(community or None)
        unsupported[row] = ACTIONS.index(rules.unsupported_below_thresholds)
        for column, label in enumerate(LABELS):
            point = rules.point(label, language)
            if point is not None:
                review[row, column] = point.review
                withhold[row, column] = np.inf if point.withhold is None else point.withhold
    return review, withhold, unsupported
