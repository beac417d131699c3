"""Decisions as the watch sees them.

In: the database. Out: `Sight` after `Sight`, in the order in which they were decided, with the
words of the texts that are still kept. What comes of them is left to `modsvc.drift.reference` and
`modsvc.drift.follow`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from modsvc.drift.signals import Sight, probabilities_of
from modsvc.drift.words import words_in
from modsvc.store.database import Database
from modsvc.store.tables import Content, Decision

#: So many decisions are read at a time: no reading keeps the database for long.
PAGE: Final = 500


def between(database: Database, since: datetime, until: datetime) -> Iterator[Sight]:
    """What was decided in this time; `until` is excluded."""
    for _, sight in after(database, "", since, until):
        yield sight


def after(
    database: Database, seen: str, since: datetime, until: datetime
) -> Iterator[tuple[str, Sight]]:
    """The same of the decisions that come after the one called `seen`, each with its id.

    Ids of decisions sort as these were made.
    """
    while True:
        with database.reading() as session:
            rows = _page(session, seen, since, until)
        for decision, content_id, text in rows:
            yield decision.id, _sight(decision, content_id, text)
        if len(rows) < PAGE:
            return
        seen = rows[-1][0].id


def before(session: Session, seen: str, count: int) -> str:
    """The id of the decision that is `count` decisions before `seen`; "" where there are fewer."""
    query = select(Decision.id).where(Decision.id <= seen).order_by(Decision.id.desc())
    return session.scalars(query.offset(count).limit(1)).first() or ""


def _page(
    session: Session, seen: str, since: datetime, until: datetime
) -> Sequence[Row[Decision, str, str | None]]:
    query = (
        select(Decision, Content.id, Content.text)
        .join(Content, Content.id == Decision.content)
        .where(Decision.id > seen, Decision.decided_at >= since, Decision.decided_at < until)
        .order_by(Decision.id)
        .limit(PAGE)
    )
    return session.execute(query).all()


def _sight(decision: Decision, content: str, text: str | None) -> Sight:
    scored = None
    if decision.probability is not None and decision.categories is not None:
        scored = probabilities_of(
            decision.probability, decision.categories, decision.toxic_other or 0.0
        )
    words = None if text is None else words_in(text)
    return Sight(content, decision.language, words, scored)
