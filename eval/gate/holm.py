"""Holm's correction: how sure one may be of each of many comparisons.

In: p-values. Out: adjusted ones, to be held against the level that one comparison would be.
"""

from collections.abc import Sequence


def adjusted(p_values: Sequence[float]) -> list[float]:
    """p-values that keep the chance of any false alarm at the level they are held against.

    The step-down method of Holm 1979, "A simple sequentially rejective multiple test procedure":
    the k-th smallest of m is multiplied by m - k + 1, and none is below a smaller one's.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    found, floor = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        floor = max(floor, min(1.0, (len(order) - rank) * p_values[place]))
        found[place] = floor
    return found
