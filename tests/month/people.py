"""The reviewers of the month: each takes what waits, and errs at a rate of their own.

In: the service's database, and what is true of each post. Out: resolved items, by the very calls
that the desk makes, second reviews and adjudications included; counts of what they did.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from modsvc.review.claims import claim
from modsvc.review.practice import Practice
from modsvc.review.resolve import Ruling, resolve
from modsvc.store.database import Database
from modsvc.store.tables import Account, Content

#: Name, role and how often they err. Leads adjudicate what others disagree on.
TEAM: Final = (
    ("ana", "reviewer", 0.02),
    ("ben", "reviewer", 0.08),
    ("cora", "reviewer", 0.15),
    ("lea", "lead", 0.01),
)

#: Who overlooks the work of all.
LEAD: Final = "lea"

_PRACTICE: Final = Practice(
    lease=timedelta(minutes=30), second_share=0.1, golden_share=0, break_after=10**9
)


@dataclass
class Team:
    """Everybody who reviews; `truth` is by content id whether a post is hostile."""

    database: Database
    truth: Mapping[str, bool]
    seed: int
    did: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Find the accounts."""
        self._chance = random.Random(self.seed)
        with self.database.reading() as session:
            known = {account.name: account for account in session.scalars(select(Account))}
        self._people = [(known[name], error) for name, _, error in TEAM]

    def work(self) -> int:
        """Review until nothing waits that anybody may take; how many items that were."""
        total = 0
        while done := sum(self._next(account, error) for account, error in self._people):
            total += done
        return total

    def _next(self, account: Account, error: float) -> int:
        """Take an item and decide it; 0 when there is none for this person."""
        with self.database.transaction() as session:
            found = claim(session, account, _PRACTICE)
            if found is None:
                return 0
            content = session.get_one(Content, found.item.content)
            hostile, errs = self.truth[content.content_id], self._chance.random() < error
            ruling = _ruling(hostile != errs)
            resolve(session, account, found.item.id, ruling, _PRACTICE)
            self.did[found.item.kind] += 1
            self.did["errors"] += errs
            self.did["upheld" if hostile != errs else "overturned"] += 1
        return 1


def _ruling(hostile: bool) -> Ruling:
    categories: Sequence[str] = ("derogation",) if hostile else ()
    return Ruling(resolution="uphold" if hostile else "overturn", categories=categories)
