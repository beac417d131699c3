"""How urgent a review is.

In: a decision. Out: a severity in [0, 1], in steps of a tenth; the higher the sooner, and of
equals the oldest. The formula, which docs/api.md repeats:

    min(1, max(weight × probability over labels, 0.5 for a term to block) + 0.1 if withheld)

The weights are those of `modsvc.review.severity`. Of two texts that may hurt alike the one that
the machine withheld comes first: a mistake there silences someone.
"""

from typing import Final

from modsvc.review import severity as harm
from modsvc.store.tables import Decision

#: What a list of terms asked about is looked at before what is merely likely.
BLOCKED: Final = 0.5

#: What the machine's having acted adds.
WITHHELD: Final = 0.1


def severity(decision: Decision) -> float:
    """In [0, 1]."""
    floor = BLOCKED if "term_block" in decision.reason_codes else 0.0
    acted = WITHHELD if decision.action == "withhold" else 0.0
    return round(min(1.0, max(floor, harm.severity(decision)) + acted), 1)
