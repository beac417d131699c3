"""How much a text may hurt: what is reviewed first, and what counts as severe for a person.

In: a decision's probabilities, or a golden item's categories. Out: a severity in [0, 1], in
steps of a tenth, so that among texts that are about as severe the oldest comes first; and the
strongest category.
"""

from collections.abc import Iterable
from typing import Final

from modsvc.labels import CATEGORIES
from modsvc.store.tables import Decision

#: How much a text of this category may hurt when it is certain.
WEIGHTS: Final[dict[str, float]] = {
    "threats": 1.0,
    "image_abuse": 1.0,
    "objectification": 0.8,
    "derogation": 0.7,
    "prejudiced_discussion": 0.6,
    "stereotyping": 0.5,
}

#: ... and one that is in no category, or toxic without being gendered.
_OTHER: Final = 0.5

#: The model failed: it may be anything.
_UNKNOWN: Final = 0.5


def severity(decision: Decision) -> float:
    """The severity of what was decided about."""
    if decision.probability is None:
        return _UNKNOWN
    others = (decision.probability, decision.toxic_other or 0.0)
    found = (WEIGHTS[name] * p for name, p in _categories(decision).items())
    return round(max(_OTHER * max(others), *found, 0.0), 1)


def strongest(decision: Decision) -> str | None:
    """The category with the highest probability; None where the model failed."""
    categories = _categories(decision)
    return max(categories, key=categories.__getitem__) if categories else None


def of_categories(names: Iterable[str]) -> float:
    """The severity of a text that is known to be in these categories."""
    return max((WEIGHTS.get(name, _OTHER) for name in names), default=_OTHER)


def _categories(decision: Decision) -> dict[str, float]:
    found = decision.categories or {}
    return {name: found[name] for name in CATEGORIES if name in found}
