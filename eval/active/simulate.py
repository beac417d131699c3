"""Labels are asked for, some at a time, and what is learned from them is measured.

In: a `Pool`, a strategy and a seed. Out: the average precision on the part that measures after each
round. The first labels are drawn by chance and are the same for all strategies of a seed. Texts
are chosen by the very code of `modsvc queue suggest`; gold labels stand for the reviewers, who are
never wrong here. What depends on time, drifted clusters, cannot be simulated on a corpus.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from eval.active.learner import Learner
from eval.active.pools import Pool
from modsvc.review.suggest.choose import SHARES, Reason, choose
from modsvc.review.suggest.scores import Floats, disagreement, uncertainty

Strategy = Literal["chance", "uncertain", "neighbours", "suggest"]

STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)

_SHARES: Final[Mapping[Strategy, Mapping[Reason, float]]] = {
    "chance": {"chance": 1.0},
    "uncertain": {"uncertain": 1.0},
    "neighbours": {"neighbours": 1.0},
    "suggest": {reason: share for reason, share in SHARES.items() if reason != "drifted"},
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Labels are asked for `step` at a time, up to `budget`, once for each of `seeds`."""

    step: int = 25
    budget: int = 400
    seeds: int = 10

    def rounds(self, pool: Pool) -> int:
        """How often labels are asked for: half of the pool stays, or there is no choice."""
        return max(min(self.budget, len(pool.pool.gold) // 2) // self.step, 1)


def simulate(pool: Pool, strategy: Strategy, plan: Plan, seed: int) -> NDArray[np.float64]:
    """Average precision [rounds] after `step`, 2 · `step`, … labels."""
    rng = np.random.default_rng(seed)
    asked = rng.permutation(len(pool.pool.gold))[: plan.step]
    found = []
    for turn in range(plan.rounds(pool)):
        learner = Learner()
        learner.fit(pool.pool.features[asked], pool.pool.gold[asked])
        said = learner.probabilities(pool.held_out)
        found.append(average_precision_score(pool.held_out.gold, said))
        if turn + 1 < plan.rounds(pool):
            more = _ask(pool, learner, asked, strategy, plan.step, rng)
            asked = np.concatenate([asked, more])
    return np.array(found)


def _ask(
    pool: Pool,
    learner: Learner,
    asked: NDArray[np.intp],
    strategy: Strategy,
    step: int,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    probability = learner.probabilities(pool.pool)
    told = probability.copy()
    told[asked] = pool.pool.gold[asked]
    waiting = np.ones(len(told), bool)
    waiting[asked] = False
    by_reason: dict[Reason, Floats] = {
        "uncertain": uncertainty(probability),
        "neighbours": disagreement(probability, told, pool.near),
        "chance": rng.random(len(told)),
    }
    shares = _SHARES[strategy]
    # What the reasons of a strategy cannot fill is left to chance.
    used = {"chance": by_reason["chance"], **{reason: by_reason[reason] for reason in shares}}
    scores = {reason: np.where(waiting, values, 0.0) for reason, values in used.items()}
    return np.array([pick.row for pick in choose(scores, pool.vectors, step, shares)])
