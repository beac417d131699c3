"""How far a review's labels can be trusted, from how often two people agree.

In: pairs of blind reviews, and the items about one text. Out: how the text was settled, and a
weight in [`LEAST`, 1] for the loss that learns from it.

Two people who are right with the same probability p agree in a = p² + (1 - p)² of all pairs, so
that s = 2p - 1 = √(2a - 1). A label that is right with probability p tells s of what a certain one
does: in the expectation the loss with weight s is that of the right label, and a constant (the
symmetric noise of Natarajan et al. 2013, "Learning with Noisy Labels"). Where two agree it is
2s / (1 + s²), by Bayes' rule. Leads, and people who decide appeals, know what was said before:
theirs is 1.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import sqrt
from typing import Final, Literal

from sqlalchemy.orm import Session

from modsvc.review.agreement import pairs
from modsvc.store.columns import utcnow
from modsvc.store.tables import Item

Settled = Literal["single", "agreed", "adjudicated", "appealed"]

#: Below this a text is better left out, and a batch of such texts alone would divide by nothing.
LEAST: Final = 0.1

#: Before any pair is seen eight of ten are taken to agree; a language starts from all of them.
_GRANTED_PAIRS: Final = 10
_GRANTED_AGREED: Final = 8


class Trust:
    """What a single review is worth, by language."""

    def __init__(self, agreed: Mapping[str, int], seen: Mapping[str, int]) -> None:
        """Count of `seen` blind pairs and of those that `agreed`, by language."""
        total = sum(agreed.values()) + _GRANTED_AGREED, sum(seen.values()) + _GRANTED_PAIRS
        self._overall = total[0] / total[1]
        self._agreed, self._seen = agreed, seen

    @classmethod
    def read(cls, session: Session) -> "Trust":
        """From all pairs that there are."""
        agreed: Counter[str] = Counter()
        seen: Counter[str] = Counter()
        for pair in pairs(session, datetime.min.replace(tzinfo=UTC), utcnow()):
            seen[pair.first.language] += 1
            agreed[pair.first.language] += pair.first.resolution == pair.second.resolution
        return cls(agreed, seen)

    def weight(self, language: str, how: Settled) -> float:
        """In [`LEAST`, 1], rounded to thousandths."""
        if how in ("adjudicated", "appealed"):
            return 1.0
        agreed = self._agreed.get(language, 0) + _GRANTED_PAIRS * self._overall
        share = agreed / (self._seen.get(language, 0) + _GRANTED_PAIRS)
        single = sqrt(max(2 * share - 1, 0.0))
        found = single if how == "single" else 2 * single / (1 + single**2)
        return round(max(found, LEAST), 3)


def how_settled(counts: Item, items: Sequence[Item]) -> Settled:
    """How a text came to the item that counts, given all items about it."""
    if counts.kind == "appeal":
        return "appealed"
    if counts.kind == "adjudication":
        return "adjudicated"
    return "single" if second_of(counts, items) is None else "agreed"


def second_of(counts: Item, items: Sequence[Item]) -> Item | None:
    """The blind second review with the same verdict; None where there is none."""
    for item in items:
        if item.kind == "second" and item.first == counts.id:
            return item if item.resolution == counts.resolution else None
    return None
