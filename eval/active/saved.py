"""Curves of several seeds → labels saved against drawing by chance, with intervals.

In: average precision [seeds, rounds] by strategy. Out: for each strategy its curve, how much better
it ends than chance, and how many labels it needed for what chance reached with all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.active.pools import Pool
from eval.active.simulate import Plan, Strategy
from eval.defaults import RESAMPLES
from eval.resampling import SEED, interval

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over seeds, and the 95 % interval of resampled seeds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Saving:
    """How one strategy fared in one language.

    `curve` is the mean average precision after each round. `gain` is the final average precision
    minus that of chance; `saved` the share of labels that were not needed for what chance reached
    in the end: 0.4 says that 60 labels did what 100 did, 0 also that it was never reached. It is
    None where drawing by chance taught nothing for certain: then there is nothing to reach.
    """

    strategy: Strategy
    curve: tuple[float, ...]
    gain: Figure
    saved: Figure | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One language; `labels` are those asked for after each round."""

    language: str
    pool: int
    positives: int
    held_out: int
    held_out_positives: int
    labels: tuple[int, ...]
    savings: tuple[Saving, ...]


def outcome(pool: Pool, plan: Plan, curves: Mapping[Strategy, Floats]) -> Outcome:
    """What one language shows; `curves` are [seeds, rounds], those of `chance` among them."""
    labels = plan.step * np.arange(1, plan.rounds(pool) + 1)
    return Outcome(
        language=pool.language,
        pool=len(pool.pool.gold),
        positives=int(pool.pool.gold.sum()),
        held_out=len(pool.held_out.gold),
        held_out_positives=int(pool.held_out.gold.sum()),
        labels=tuple(labels.tolist()),
        savings=tuple(
            _saving(name, found, curves["chance"], labels) for name, found in curves.items()
        ),
    )


def labels_to_reach(curve: Floats, target: float, labels: NDArray[np.int64]) -> float:
    """After how many labels a curve first reaches `target`, drawn straight between rounds.

    All of them where it never does.
    """
    above = np.flatnonzero(curve >= target)
    if not len(above):
        return float(labels[-1])
    at = int(above[0])
    if at == 0:
        return float(labels[0])
    step = (target - curve[at - 1]) / (curve[at] - curve[at - 1])
    return float(labels[at - 1] + step * (labels[at] - labels[at - 1]))


def _saving(name: Strategy, found: Floats, chance: Floats, labels: NDArray[np.int64]) -> Saving:
    draws = np.random.default_rng(SEED).integers(0, len(found), (RESAMPLES, len(found)))

    def saved(some: NDArray[np.int64]) -> float:
        # Means first: a single seed's curve is too rough to say when it reached anything.
        reached = labels_to_reach(found[some].mean(axis=0), chance[some].mean(axis=0)[-1], labels)
        return 1 - reached / float(labels[-1])

    gains = found[:, -1] - chance[:, -1]
    learnt = _figure(0.0, (chance[:, -1] - chance[:, 0])[draws].mean(axis=1))
    everything = np.arange(len(found))
    return Saving(
        strategy=name,
        curve=tuple(round(float(value), 4) for value in found.mean(axis=0)),
        gain=_figure(float(gains.mean()), gains[draws].mean(axis=1)),
        saved=_figure(saved(everything), np.array([saved(some) for some in draws]))
        if learnt.low > 0
        else None,
    )


def _figure(value: float, drawn: Floats) -> Figure:
    low, high = interval(drawn) or (value, value)
    return Figure(round(value, 4), round(low, 4), round(high, 4))
