"""Requests that come twice: `Idempotency-Key` and what was answered.

In: requests that share a transaction, and what keeps new ones. Out: what each is answered; one
whose key is known gets its first answer again. A row is good for `IDEMPOTENCY_WINDOW`; it holds a
keyed digest of the request, never the request.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from modsvc.errors import IdempotencyMismatch
from modsvc.pipeline import Judgement
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


class Taken(NamedTuple):
    """What a caller is answered of one draft, and what was decided; None for known ones."""

    answer: dict[str, Any]
    judgement: Judgement | None


class Asked(Protocol):
    """A request, however it is kept."""

    @property
    def once(self) -> Once | None:
        """How it is recognised if it comes again."""


P = TypeVar("P", bound=Asked)


def each_once(
    session: Session, parts: Sequence[P], keep: Callable[[list[P]], Sequence[list[Taken]]]
) -> list[list[Taken] | IdempotencyMismatch]:
    """What each request is answered, in order; `keep` is given those that are new.

    A key that came with another request is that request's error.
    """
    rows = _remembered(session, [part.once for part in parts if part.once])
    results: dict[int, list[Taken] | IdempotencyMismatch] = {}
    fresh: list[int] = []
    for place, part in enumerate(parts):
        # A request may come twice at once: the later one gets the earlier one's answer.
        if part.once is None or part.once.name not in rows:
            fresh.append(place)
        if part.once is not None and part.once.name not in rows:
            rows[part.once.name] = _new_row(session, part.once)
    kept = keep([parts[place] for place in fresh])
    for place, taken in zip(fresh, kept, strict=True):
        results[place], once = taken, parts[place].once
        if once is not None:
            row = rows[once.name]
            row.response = {"items": [one.answer for one in taken]}
            session.add(row)
    for place, part in enumerate(parts):
        if place not in results and part.once is not None:
            results[place] = _again(session, rows[part.once.name], part.once)
    return [results[place] for place in range(len(parts))]


def _remembered(
    session: Session, requests: Sequence[Once]
) -> dict[tuple[str, str], IdempotencyKey]:
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


def _new_row(session: Session, once: Once) -> IdempotencyKey:
    """The row of a new request; its answer is to be filled in."""
    return IdempotencyKey(
        api_key=once.api_key, key=once.key, request_sha256=_digest(session, once), response={}
    )


def _again(session: Session, row: IdempotencyKey, once: Once) -> list[Taken] | IdempotencyMismatch:
    """What the request was answered; an error, not raised, when it was another request."""
    if row.request_sha256 != _digest(session, once):
        return IdempotencyMismatch(
            "This Idempotency-Key came with another request before: use a new key for each request."
        )
    return [Taken(answer, None) for answer in row.response["items"]]


def _digest(session: Session, once: Once) -> str:
    # Keyed, because a plain hash would let a reader of the table test guesses of texts.
    return keys_of(session).seal(_SEAL, once.request_sha256)
