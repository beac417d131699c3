"""Which item comes next, found without reading the whole queue.

In: an account and its filters. Out: the id of the item that is first in `modsvc.review.queue`'s
order. One query over everything that waits would hold the lock of all writes for 50 ms with
20,000 open items; one index look-up a language, severity first and age then, takes a few,
however many wait. Taking the item is left to `modsvc.review.leases`.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from modsvc.review.queue import ORDER, Filters, fits, is_wanted, speaks
from modsvc.store.tables import Account, Item

_Found = Row[str, float, datetime]


def first(session: Session, account: Account, filters: Filters, now: datetime) -> str | None:
    """The id of the next item for this account; None when nothing waits."""
    lapsed = [Item.state == "claimed", *is_wanted(account, filters, now)]
    candidates = [session.execute(_columns().where(*lapsed).order_by(*ORDER).limit(1)).first()]
    fitting = _columns().where(Item.state == "open", *fits(account, filters, now))
    for language in _languages(session):
        if speaks(account, filters, language):
            candidates.append(_best(session, fitting.where(Item.language == language)))
    found = [candidate for candidate in candidates if candidate is not None]
    best = min(found, key=lambda row: (-row.severity, row.created_at, row.id), default=None)
    return None if best is None else best.id


def _columns() -> Select[str, float, datetime]:
    return select(Item.id, Item.severity, Item.created_at)


def _best(session: Session, fitting: Select[str, float, datetime]) -> _Found | None:
    """The oldest of the most severe; two look-ups, because the index has both ascending."""
    top = session.execute(fitting.order_by(Item.severity.desc()).limit(1)).first()
    if top is None:
        return None
    oldest = fitting.where(Item.severity == top.severity).order_by(Item.created_at, Item.id)
    return session.execute(oldest.limit(1)).first()


def _languages(session: Session) -> Iterator[str]:
    """The languages of open items, each found from the one before by the index."""
    some = select(func.min(Item.language)).where(Item.state == "open")
    language = session.scalar(some)
    while language is not None:
        yield language
        language = session.scalar(some.where(Item.language > language))
