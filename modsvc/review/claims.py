"""Handing out items: each to one person at a time.

In: an account that wants work, and what kind. Out: an item under a lease, counted as exposure.
How two people never get the same one is in `modsvc.review.leases`.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.errors import LeaseLost, NotFound, NotPermitted
from modsvc.review import exposure, golden, leases, pick
from modsvc.review.practice import Practice
from modsvc.review.queue import ANYTHING, Filters, is_for, is_free, is_wanted
from modsvc.review.words import CLAIMABLE, CLAIMED, RELEASED
from modsvc.store import events
from modsvc.store.columns import utcnow
from modsvc.store.tables import Account, Item


class Claim(NamedTuple):
    """An item that is now the claimer's, and whether a break should be suggested after it."""

    item: Item
    break_due: bool


def claim(
    session: Session,
    account: Account,
    practice: Practice,
    filters: Filters = ANYTHING,
    *,
    now: datetime | None = None,
    known: str | None = None,
) -> Claim | None:
    """The next item for this account, or None when nothing waits.

    `known` is the golden text that it is to be about, as `golden.choose` has it. Raises
    CapReached, NotPermitted.
    """
    now = now or utcnow()
    _check(session, account, now)
    best = pick.first(session, account, filters, now)
    if best is None:
        return None
    item = None
    if known is not None:
        item = golden.draw(session, account, practice, filters, now, known)
    until = now + practice.lease
    # Should somebody be taking the best one at this very moment: any other that is free.
    for wanted in ([Item.id == best, is_free(now)], is_wanted(account, filters, now)):
        item = item or leases.take(session, account, wanted, until)
    return None if item is None else _handed_out(session, account, item, practice, now)


def claim_item(
    session: Session,
    account: Account,
    item: str,
    practice: Practice,
    *,
    now: datetime | None = None,
) -> Claim:
    """A particular item, even in a language or category that the account does not ask for.

    Whoever holds it already gets it again, with a new lease and not counted twice. Raises
    LeaseLost when somebody else has it or it is resolved, NotPermitted, CapReached.
    """
    now = now or utcnow()
    found = session.get(Item, item)
    if found is None:
        raise NotFound("There is no such item.")
    if found.state == "claimed" and found.lease_owner == account.id:
        return Claim(renew(session, account, item, practice, now=now), False)
    _check(session, account, now)
    if session.scalar(select(Item.id).where(Item.id == item, *is_for(account))) is None:
        raise NotPermitted("This item is for somebody else: take another one.")
    taken = leases.take(session, account, [Item.id == item, is_free(now)], now + practice.lease)
    if taken is None:
        raise LeaseLost("Somebody else has this item, or it is resolved: take another one.")
    return _handed_out(session, account, taken, practice, now)


def held(session: Session, account: Account) -> list[Item]:
    """What this account holds, the first claimed first; leases that are over included."""
    query = select(Item).where(Item.state == "claimed", Item.lease_owner == account.id)
    return list(session.scalars(query.order_by(Item.lease_until)))


def renew(
    session: Session,
    account: Account,
    item: str,
    practice: Practice,
    *,
    now: datetime | None = None,
) -> Item:
    """A new lease for an item that is still its holder's. Raises LeaseLost."""
    lease_until = (now or utcnow()) + practice.lease
    return leases.change_held(session, account, item, lease_until=lease_until)


def release(session: Session, account: Account, item: str) -> Item:
    """Give an item back, so that somebody else may take it. Raises LeaseLost."""
    given = leases.change_held(session, account, item, **leases.OPEN)
    events.append(session, RELEASED, actor=account.id, content=given.content, item=given.id)
    return given


def _check(session: Session, account: Account, now: datetime) -> None:
    if not CLAIMABLE[account.role]:
        raise NotPermitted(f"The role {account.role} reads and does not decide.")
    exposure.check_cap(session, account, now)


def _handed_out(
    session: Session, account: Account, item: Item, practice: Practice, now: datetime
) -> Claim:
    break_due = exposure.count(session, account, item.severity, practice, now)
    session.flush()
    data = {"lease_until": item.lease_until.isoformat() if item.lease_until else None}
    events.append(session, CLAIMED, actor=account.id, content=item.content, item=item.id, data=data)
    return Claim(item, break_due)
