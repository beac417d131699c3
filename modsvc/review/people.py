"""How each person's reviews hold up: for leads, to talk about, not to rank by.

In: resolved items. Out: for each person how much they reviewed, how often they found no
violation, agreed with a blind second look, and were decided otherwise by an appeal or a lead.
Golden items are apart, in `modsvc.review.golden`.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from modsvc.review.agreement import pairs
from modsvc.store.tables import Account, Item


@dataclass(frozen=True, slots=True)
class PersonQuality:
    """Counts of one person's resolutions; rates are None where there is nothing to divide by."""

    account: str
    name: str
    reviewed: int
    overturned: int
    escalated: int
    compared: int
    agreed: int
    looked_at_again: int
    reversed: int

    @property
    def overturn_rate(self) -> float | None:
        """The share of verdicts that found no violation, samples of allowed texts included."""
        return _rate(self.overturned, self.reviewed - self.escalated)

    @property
    def agreement_rate(self) -> float | None:
        """The share of blind pairs, first or second, with one verdict."""
        return _rate(self.agreed, self.compared)

    @property
    def reversal_rate(self) -> float | None:
        """The share of those looked at again, by appeal or lead, that were decided otherwise."""
        return _rate(self.reversed, self.looked_at_again)


def people(session: Session, since: datetime, until: datetime) -> list[PersonQuality]:
    """Everybody who resolved something in this time (`until` excluded), by name."""
    given = (
        select(Account.id, Account.name, Item.resolution, func.count(Item.id))
        .join(Account, Account.id == Item.resolved_by)
        .where(Item.kind != "golden", Item.resolved_at >= since, Item.resolved_at < until)
        .group_by(Account.id, Account.name, Item.resolution)
    )
    names: dict[str, str] = {}
    resolutions: dict[str, Counter[str | None]] = {}
    for account, name, resolution, count in session.execute(given):
        names[account] = name
        resolutions.setdefault(account, Counter())[resolution] = count
    compared, agreed = _blind(session, since, until)
    again, otherwise = _looked_at_again(session, since, until)
    return [
        PersonQuality(
            account=account,
            name=name,
            reviewed=resolutions[account].total(),
            overturned=resolutions[account]["overturn"],
            escalated=resolutions[account]["escalate"],
            compared=compared[account],
            agreed=agreed[account],
            looked_at_again=again[account],
            reversed=otherwise[account],
        )
        for account, name in sorted(names.items(), key=lambda person: person[1])
    ]


def _blind(session: Session, since: datetime, until: datetime) -> tuple[Counter[str], Counter[str]]:
    compared: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    for pair in pairs(session, since, until):
        both = [item.resolved_by for item in pair[:2] if item.resolved_by is not None]
        compared.update(both)
        if pair.first.resolution == pair.second.resolution:
            agreed.update(both)
    return compared, agreed


def _looked_at_again(
    session: Session, since: datetime, until: datetime
) -> tuple[Counter[str], Counter[str]]:
    first, later = aliased(Item), aliased(Item)
    query = (
        select(first.resolved_by, first.resolution, later.resolution)
        .join(later, later.first == first.id)
        .where(
            later.kind.in_(("appeal", "adjudication")),
            first.resolution.in_(("uphold", "overturn")),
            later.resolution.in_(("uphold", "overturn")),
            later.resolved_at >= since,
            later.resolved_at < until,
        )
    )
    again: Counter[str] = Counter()
    otherwise: Counter[str] = Counter()
    for person, one, other in session.execute(query):
        again[str(person)] += 1
        otherwise[str(person)] += one != other
    return again, otherwise


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
