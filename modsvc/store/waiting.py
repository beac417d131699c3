"""Texts that were accepted and are to be decided on: the line that they stand in.

In: content versions, within a write transaction. Out: rows of `Waiting`, taken from the front. Who
takes some gets them for `LEASE`; whoever dies with them leaves a claim that runs out. Write
transactions follow one another, so whoever finds a row here while it decides is the only one who
does, and takes it away in the same transaction. Deciding is left to `modsvc.ingest`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from modsvc.store.columns import utcnow
from modsvc.store.tables import Content, Waiting

#: For so long nobody else gets what was taken. It is only work that would be done twice.
LEASE: Final = timedelta(seconds=15)


class Claimed(NamedTuple):
    """A text to decide on, and how often it was taken before without a decision."""

    content: Content
    before: int


class Line(NamedTuple):
    """How many texts wait, and `since` when the first of them has."""

    texts: int
    since: datetime | None


def add(session: Session, contents: Collection[str]) -> None:
    """Put new content versions (their `Content.id`s) at the end of the line."""
    if not contents:
        return
    # What they refer to has to be there first: the mapper does not know the order of tables.
    session.flush()
    now = utcnow()
    # Nobody needs them as objects, which take twice the time.
    rows = [{"content": content, "since": now, "attempts": 0} for content in contents]
    session.execute(insert(Waiting), rows)


def claim(session: Session, now: datetime, limit: int) -> list[Claimed]:
    """Take those that have waited longest and that nobody has; nobody else gets them for `LEASE`.

    They have their words: what is erased does not wait.
    """
    query = (
        select(Content, Waiting.attempts)
        .join(Waiting, Waiting.content == Content.id)
        .where(_is_free(now))
        # Ids are in the order of time, and are looked up in it.
        .order_by(Waiting.content)
        .limit(limit)
    )
    claimed = [Claimed(content, before) for content, before in session.execute(query)]
    if claimed:
        session.execute(
            update(Waiting)
            .where(Waiting.content.in_([one.content.id for one in claimed]))
            .values(taken_at=now, attempts=Waiting.attempts + 1)
            .execution_options(synchronize_session=False)
        )
    return claimed


def give_back(session: Session, contents: Collection[str]) -> None:
    """Let others take these content versions at once, as if they had not been taken this time."""
    session.execute(
        update(Waiting)
        .where(Waiting.content.in_(contents))
        .values(taken_at=None, attempts=Waiting.attempts - 1)
        .execution_options(synchronize_session=False)
    )


def among(session: Session, contents: Collection[str]) -> list[Content]:
    """Those of these content versions that still wait, in the order of the line."""
    query = (
        select(Content)
        .join(Waiting, Waiting.content == Content.id)
        .where(Waiting.content.in_(contents))
        .order_by(Content.id)
    )
    return list(session.scalars(query))


def remove(session: Session, contents: Collection[str]) -> None:
    """Let these content versions wait no more, whether they did or not."""
    if not contents:
        return
    session.execute(
        delete(Waiting)
        .where(Waiting.content.in_(contents))
        .execution_options(synchronize_session=False)
    )


def line(session: Session) -> Line:
    """How many wait, and since when."""
    texts = session.scalar(select(func.count()).select_from(Waiting)) or 0
    first = select(Waiting.since).order_by(Waiting.content).limit(1)
    return Line(texts, session.scalar(first))


def _is_free(now: datetime) -> ColumnElement[bool]:
    # A claim from the future was made by a clock that was ahead.
    return or_(
        Waiting.taken_at.is_(None), Waiting.taken_at < now - LEASE, Waiting.taken_at > now + LEASE
    )
