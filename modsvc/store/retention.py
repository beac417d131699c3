"""Forgetting in time: texts past their days, and what is of no use any more.

In: an open database and the days that texts are kept (`MODSVC_RETENTION_DAYS`). Out: how much
was forgotten. Texts are erased in small transactions, so that a busy service can write on.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import CursorResult, Delete, delete, select
from sqlalchemy.orm import Session

from modsvc.store import erasure
from modsvc.store.columns import utcnow
from modsvc.store.database import Database
from modsvc.store.events import SYSTEM
from modsvc.store.tables import Content, DeskSession, IdempotencyKey, Outbox

#: For so long a repeated `Idempotency-Key` is recognised.
IDEMPOTENCY_WINDOW: Final = timedelta(hours=24)

#: Texts erased in one transaction.
_AT_ONCE: Final = 500


class Swept(NamedTuple):
    """How many rows were forgotten: erased contents; deleted keys, sign-ins and messages."""

    contents: int
    idempotency_keys: int
    sessions: int
    messages: int


def sweep(database: Database, days: int, *, now: datetime | None = None) -> Swept:
    """Erase the words of contents received more than `days` ago, and delete what has lapsed.

    Lapsed are idempotency keys past their window, sign-ins past their end, and messages
    that have been settled and are older than `days`. Raises StoreUnavailable, ChainBroken.
    """
    now = now or utcnow()
    oldest = now - timedelta(days=days)
    erased = 0
    while some := _erase_some(database, oldest):
        erased += some
    if erased:
        database.scrub()
    settled = Outbox.next_attempt_at.is_(None)
    with database.transaction() as session:
        return Swept(
            erased,
            _count(
                session,
                delete(IdempotencyKey).where(IdempotencyKey.created_at < now - IDEMPOTENCY_WINDOW),
            ),
            _count(session, delete(DeskSession).where(DeskSession.expires_at < now)),
            _count(session, delete(Outbox).where(settled, Outbox.created_at < oldest)),
        )


def _erase_some(database: Database, oldest: datetime) -> int:
    due = (
        select(Content.id)
        .where(Content.erased_at.is_(None), Content.received_at < oldest)
        .order_by(Content.received_at)
        .limit(_AT_ONCE)
    )
    with database.transaction() as session:
        found = session.scalars(due).all()
        return erasure.erase_versions(session, found, actor=SYSTEM, reason="retention")


def _count(session: Session, statement: Delete) -> int:
    done = session.execute(statement)
    return done.rowcount if isinstance(done, CursorResult) else 0
