"""Requests that come twice: `Idempotency-Key` and what was answered.

In: keys, within a transaction. Out: the rows that remember them, and their answers. A row is
good for `IDEMPOTENCY_WINDOW`; it holds a keyed digest of the request, never the request.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from modsvc.errors import IdempotencyMismatch
from modsvc.store.columns import utcnow
from modsvc.store.keys import keys_of
from modsvc.store.retention import IDEMPOTENCY_WINDOW
from modsvc.store.tables import IdempotencyKey

_SEAL: Final = "idempotent request"


class Once(NamedTuple):
    """A caller's `Idempotency-Key`, and a digest of the request that came with it."""

    api_key: str
    key: str
    request_sha256: str

    @property
    def name(self) -> tuple[str, str]:
        """What the row is found by: each caller has keys of their own."""
        return self.api_key, self.key


def remembered(session: Session, requests: Sequence[Once]) -> dict[tuple[str, str], IdempotencyKey]:
    """The rows of those that came before; what is too old is forgotten."""
    if not requests:
        return {}
    place = tuple_(IdempotencyKey.api_key, IdempotencyKey.key)
    query = select(IdempotencyKey).where(place.in_([once.name for once in requests]))
    found = {(row.api_key, row.key): row for row in session.scalars(query)}
    oldest = utcnow() - IDEMPOTENCY_WINDOW
    for name, row in list(found.items()):
        if row.created_at < oldest:
            session.delete(found.pop(name))
    session.flush()
    return found


def new_row(session: Session, once: Once) -> IdempotencyKey:
    """The row of a new request; its answer is to be filled in."""
    return IdempotencyKey(
        api_key=once.api_key, key=once.key, request_sha256=_digest(session, once), response={}
    )


def answered(
    session: Session, row: IdempotencyKey, once: Once
) -> list[dict[str, Any]] | IdempotencyMismatch:
    """What the request was answered; an error, not raised, when it was another request."""
    if row.request_sha256 != _digest(session, once):
        return IdempotencyMismatch(
            "This Idempotency-Key came with another request before: use a new key for each request."
        )
    answer: list[dict[str, Any]] = row.response["items"]
    return answer


def _digest(session: Session, once: Once) -> str:
    # Keyed, because a plain hash would let a reader of the table test guesses of texts.
    return keys_of(session).seal(_SEAL, once.request_sha256)
