"""Leases: an item is one person's at a time.

In: conditions that items fit. Out: an item that was found and changed in one UPDATE, so that
two people never hold the same one: PostgreSQL skips what others are taking, SQLite lets one
write at a time. A lease that is over is as good as none for whoever claims next; until then
the item stays its last holder's, whose work is not lost for being slow. Who may have what is
left to `modsvc.review.queue`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from modsvc.errors import LeaseLost
from modsvc.review.queue import ORDER
from modsvc.store.tables import Account, Item

#: The values of an item that nobody has.
OPEN: Final[dict[str, Any]] = {"state": "open", "lease_owner": None, "lease_until": None}


def take(
    session: Session, account: Account, wanted: Sequence[ColumnElement[bool]], until: datetime
) -> Item | None:
    """Give the account the first of the items that fit, if any, until then.

    `wanted` must say that the item is free: this is the one step that finds and marks it.
    """
    best = (
        select(Item.id)
        .where(*wanted)
        .order_by(*ORDER)
        .limit(1)
        .with_for_update(skip_locked=True)
        .correlate(None)
        .scalar_subquery()
    )
    return change(
        session,
        [Item.id == best],
        state="claimed",
        lease_owner=account.id,
        lease_until=until,
    )


def change_held(session: Session, account: Account, item: str, **values: object) -> Item:
    """Change an item if the account holds it, in one step. Raises LeaseLost."""
    changed = change(
        session,
        [Item.id == item, Item.state == "claimed", Item.lease_owner == account.id],
        **values,
    )
    if changed is None:
        raise LeaseLost("This item is not yours any more: somebody else took it after the lease.")
    return changed


def change(session: Session, where: Sequence[ColumnElement[bool]], **values: object) -> Item | None:
    """Change the one item that fits, if any, and return it as it then is."""
    statement = update(Item).where(*where).values(**values).returning(Item)
    options = {"synchronize_session": False, "populate_existing": True}
    return session.scalars(statement, execution_options=options).one_or_none()
