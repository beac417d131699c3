"""What a review says of each label, in the way in which the corpus says it.

In: an item's resolution and categories, and its decision's reason codes. Out: 1, 0 or None
(not stated) for each name of `modsvc.labels.LABELS`. Agreement, calibration and training all
read reviews through this one table:

| Resolution | Categories given | misogyny | categories | toxic_other |
|---|---|---|---|---|
| uphold | some of the six | 1 | as given | 0 |
| uphold | toxic_other alone | 0 | 0 | 1 |
| uphold | left open | 1 if flagged for it, else None | None | 0 if misogyny, else None |
| overturn | left open | 0 | 0 | None |
| overturn | given | 0 | 0 | as given |
| escalate | any | None | None | None |
"""

from collections.abc import Mapping, Sequence

from modsvc.labels import CATEGORIES, LABELS, MISOGYNY, TOXIC_OTHER
from modsvc.policy import labels_reached
from modsvc.store.tables import Item

Labels = Mapping[str, int | None]


def labels(item: Item, reason_codes: Sequence[str]) -> Labels:
    """The labels that follow from a resolved item."""
    given = item.corrected_categories
    if item.resolution == "overturn":
        toxic = None if given is None else int(TOXIC_OTHER in given)
        return _all(0, dict.fromkeys(CATEGORIES, 0), toxic)
    if item.resolution != "uphold":
        return dict.fromkeys(LABELS)
    if given is None:
        gendered = any(label != TOXIC_OTHER for label in labels_reached(reason_codes))
        unstated = dict.fromkeys(CATEGORIES)
        return _all(1, unstated, 0) if gendered else _all(None, unstated, None)
    found = {name: int(name in given) for name in CATEGORIES}
    misogyny = max(found.values())
    return _all(misogyny, found, 1 - misogyny)


def _all(misogyny: int | None, categories: Mapping[str, int | None], toxic: int | None) -> Labels:
    return {MISOGYNY: misogyny, **categories, TOXIC_OTHER: toxic}
