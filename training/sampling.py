"""Which training rows are drawn, how often, and in which order.

In: the corpus's training rows and a recipe's `Sampling`. Out: row indices in the
order of training, reproducible from the seed; twins side by side. Batching by length
is left to `training.batches`.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.recipe import Sampling

MOST_TWINS = 4


def draw(rows: pd.DataFrame, sampling: Sampling, seed: int) -> NDArray[np.int64]:
    """Indices into `rows` (columns source, language, tier), with repeats, in training order.

    Focus rows stand at sqrt(u) of the way, u uniform, so that the last and most
    telling steps see more of them; all others stand anywhere.
    """
    rng = np.random.default_rng(seed)
    chosen: list[NDArray[np.int64]] = []
    for (source, language), count in cell_sizes(rows, sampling).items():
        cell = np.flatnonzero((rows["source"] == source) & (rows["language"] == language))
        chosen.append(_repeat(cell, count, rng))
    other = np.concatenate(chosen) if chosen else np.empty(0, np.int64)
    focus = [
        _repeat(cell := np.flatnonzero(rows["source"] == source), round(times * len(cell)), rng)
        for source, times in sampling.focus.items()
    ]
    focus_rows = np.concatenate([*focus, np.empty(0, np.int64)])
    position = np.concatenate([rng.random(len(other)), np.sqrt(rng.random(len(focus_rows)))])
    return np.concatenate([other, focus_rows])[np.argsort(position, kind="stable")].astype(np.int64)


def cell_sizes(rows: pd.DataFrame, sampling: Sampling) -> dict[tuple[str, str], int]:
    """How many rows are drawn of each (source, language) cell outside the focus."""
    other = rows[~rows["source"].isin(list(sampling.focus))]
    if other.empty:
        return {}
    sizes = other.groupby(["source", "language"], sort=True).size()
    neutral = other.groupby(["source", "language"], sort=True)["tier"].first() == "neutral"
    share = sizes.astype(float) ** sampling.temperature
    labelled, plain = share[~neutral].sum(), share[neutral].sum()
    if labelled and plain:
        weight = min(sampling.neutral_share, plain / (plain + labelled))
        share[neutral] *= weight / plain
        share[~neutral] *= (1 - weight) / labelled
    wanted = share / share.sum() * sampling.examples
    counts = np.minimum(wanted, sizes * sampling.max_repeats).round().astype(int)
    return {(str(source), str(language)): int(n) for (source, language), n in counts.items()}


def _repeat(cell: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """`count` draws of `cell`: whole shuffled passes first, so that no row is starved."""
    passes = [rng.permutation(cell) for _ in range(-(-count // max(len(cell), 1)))]
    return np.concatenate([*passes, np.empty(0, np.int64)])[:count]


def twin_groups(groups: pd.Series) -> NDArray[np.int64]:
    """A number per row, shared by the rows of a small group; larger ones are threads, not twins."""
    sizes = groups.groupby(groups).transform("size")
    alone = "row " + groups.index.astype(str)
    return pd.factorize(groups.where(sizes <= MOST_TWINS, alone))[0].astype(np.int64)


def beside_twins(order: NDArray[np.int64], twins: NDArray[np.int64]) -> NDArray[np.int64]:
    """`order` with the rows of one `twin_groups` number side by side, where the first stood.

    The second time a row is drawn it joins the second time of its group.
    """
    drawn = pd.DataFrame({"row": order, "group": twins[order]})
    drawn["time"] = drawn.groupby("row").cumcount()
    drawn["place"] = np.arange(len(drawn))
    first = drawn.groupby(["group", "time"])["place"].transform("min")
    return order[np.argsort(first.to_numpy(), kind="stable")]
