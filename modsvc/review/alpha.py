"""Krippendorff's alpha for nominal values: agreement beyond what chance would give.

In: units, each with the values that its reviewers gave. Out: 1 for perfect agreement, 0 for
that of chance, less for systematic disagreement; None where it is not defined. The formula is
here, and tested against the library, because the library's licence does not suit a service
that others build on (docs/adr).
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


def alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Alpha over units with two values or more; others are left out.

    None when no two values can be paired, or when all of them are the same: then nothing
    shows whether reviewers can tell the difference.
    """
    totals: Counter[Hashable] = Counter()
    agreeing = 0.0
    for values in units:
        count = len(values)
        if count < 2:
            continue
        seen = Counter(values)
        totals.update(seen)
        agreeing += sum(n * (n - 1) for n in seen.values()) / (count - 1)
    paired = totals.total()
    if len(totals) < 2:
        return None
    by_chance = sum(n * (n - 1) for n in totals.values()) / (paired - 1)
    return 1 - (paired - agreeing) / (paired - by_chance)
