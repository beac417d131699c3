"""What a model in the shadow would have decided otherwise, as counts; never a text.

In: comparisons of two models on one text. Out: `Tally`, their sums, and the rows that keep them by
day and language: what several processes count adds up. Comparing is left to `modsvc.rollout`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import floor
from typing import Final, Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.store.tables import ShadowCount

#: Equal bins of the differences, from -1 to 1; an even number, so that one bin begins at 0.
BINS: Final = 20

Outcome = Literal["same", "more", "fewer", "other"]


class Pair(NamedTuple):
    """Which models were compared on what, and when (UTC)."""

    day: date
    active: str
    candidate: str
    language: str


@dataclass(slots=True)
class Tally:
    """Sums over texts; the columns of `ShadowCount`."""

    texts: int = 0
    same: int = 0
    more: int = 0
    fewer: int = 0
    difference: float = 0.0
    histogram: list[int] = field(default_factory=lambda: [0] * BINS)

    @property
    def other(self) -> int:
        """Texts that both flag, with another action."""
        return self.texts - self.same - self.more - self.fewer

    @property
    def mean_difference(self) -> float | None:
        """The mean of |candidate - active|; None without a text."""
        return self.difference / self.texts if self.texts else None

    def count(self, outcome: Outcome, difference: float) -> None:
        """Add a text whose probability differs by `difference`, candidate - active."""
        self.texts += 1
        self.same += outcome == "same"
        self.more += outcome == "more"
        self.fewer += outcome == "fewer"
        self.difference += abs(difference)
        # Rounded, because small differences are the rule: noise would put half of them below 0.
        place = BINS // 2 + floor(round(difference * BINS / 2, 6))
        self.histogram[min(max(place, 0), BINS - 1)] += 1

    def add(self, other: "Tally | ShadowCount") -> None:
        """Add another one's sums."""
        self.texts += other.texts
        self.same += other.same
        self.more += other.more
        self.fewer += other.fewer
        self.difference += other.difference
        self.histogram = [a + b for a, b in zip(self.histogram, other.histogram, strict=True)]


def add(session: Session, tallies: Mapping[Pair, Tally]) -> None:
    """Add to what is kept; exact, because write transactions run one after another."""
    for pair, tally in tallies.items():
        row = session.get(ShadowCount, pair)
        kept = Tally()
        if row is None:
            row = ShadowCount(**pair._asdict())
            session.add(row)
        else:
            kept.add(row)
        kept.add(tally)
        row.texts, row.same, row.more, row.fewer = kept.texts, kept.same, kept.more, kept.fewer
        row.difference, row.histogram = kept.difference, kept.histogram


def between(session: Session, first: date, last: date) -> list[ShadowCount]:
    """The rows of these days, both included."""
    days = ShadowCount.day >= first, ShadowCount.day <= last
    return list(session.scalars(select(ShadowCount).where(*days)))


def of_pair(session: Session, active: str, candidate: str) -> dict[str, Tally]:
    """By language, all that was ever counted of two models."""
    query = select(ShadowCount).where(
        ShadowCount.active == active, ShadowCount.candidate == candidate
    )
    return by_language(session.scalars(query))


def by_language(rows: Iterable[ShadowCount]) -> dict[str, Tally]:
    """Sums by language."""
    found: dict[str, Tally] = {}
    for row in rows:
        found.setdefault(row.language, Tally()).add(row)
    return dict(sorted(found.items()))
