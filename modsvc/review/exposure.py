"""How much a person has looked at today: for their own good, and for their lead.

In: items that are handed out. Out: counts an account and day (UTC), whether a break is due,
and CapReached when there was enough for one day. Showing it is left to the desk.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.errors import CapReached
from modsvc.review.practice import Practice
from modsvc.store.columns import utcnow
from modsvc.store.tables import Account, Exposure

#: How far back a person's days are shown.
_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Today:
    """What a person has looked at since midnight (UTC); `left` is None without a cap.

    `until_break` is how many severe items may come before a break is suggested.
    """

    viewed: int
    severe: int
    left: int | None
    until_break: int


def today(
    session: Session, account: Account, practice: Practice, *, now: datetime | None = None
) -> Today:
    """The person's day so far."""
    found = session.get(Exposure, (account.id, (now or utcnow()).date()))
    viewed, severe = (0, 0) if found is None else (found.viewed, found.severe)
    left = None if account.daily_cap is None else max(0, account.daily_cap - viewed)
    return Today(viewed, severe, left, practice.break_after - severe % practice.break_after)


def check_cap(session: Session, account: Account, now: datetime) -> None:
    """Raise CapReached when the person has seen enough."""
    # The cap may have been lowered since the person signed in.
    cap = session.scalar(select(Account.daily_cap).where(Account.id == account.id))
    found = session.get(Exposure, (account.id, now.date()))
    if cap is not None and found is not None and found.viewed >= cap:
        raise CapReached(
            f"You have looked at {found.viewed} items today, and your daily cap is {cap}: go on "
            "tomorrow, or ask your lead."
        )


def count(
    session: Session, account: Account, severity: float, practice: Practice, now: datetime
) -> bool:
    """Count one more item; whether a break should be suggested after it."""
    found = session.get(Exposure, (account.id, now.date()))
    if found is None:
        found = Exposure(account=account.id, day=now.date())
        session.add(found)
    found.viewed += 1
    if severity < practice.severe_from:
        return False
    found.severe += 1
    return found.severe % practice.break_after == 0


def of_everyone(session: Session, day: date) -> dict[str, Exposure]:
    """By account, what people looked at on one day; only who looked at something."""
    query = select(Exposure).where(Exposure.day == day)
    return {found.account: found for found in session.scalars(query)}


def lately(session: Session, account: str, today: date) -> list[Exposure]:
    """A person's last two weeks with today, for the person and their lead; only busy days."""
    first = today - timedelta(days=_DAYS - 1)
    query = select(Exposure).where(Exposure.account == account, Exposure.day.between(first, today))
    return list(session.scalars(query.order_by(Exposure.day)))
