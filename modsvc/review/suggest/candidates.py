"""The texts of one language that a person might be asked about, and what people said of others.

In: a language and a time. Out: `Candidate`s, the latest decisions first, as far as their words are
still kept and may be. Scoring them is left to `modsvc.review.suggest.suggest`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from modsvc.engine.normalise import normalise
from modsvc.labels import MISOGYNY
from modsvc.review.outcome import settled
from modsvc.review.queue import is_among
from modsvc.review.verdicts import labels
from modsvc.store.tables import Content, Decision, Item

#: Texts of one language that are looked at: comparing all of them takes the square of that.
MOST: Final = 5_000

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that was decided about. `text` is normalised; handles are masked in it.

    `label` is what people settled (1: misogynous), None where nobody did. `is_free` when nobody
    was ever asked; `single` is the first review of a text that only one person has looked at.
    """

    content: str
    decision: str
    text: str
    probability: float
    measured: bool
    decided_at: datetime
    label: int | None
    is_free: bool
    single: str | None


def languages(
    session: Session, since: datetime, received_since: datetime, tags: Sequence[str] = ()
) -> list[str]:
    """Languages of texts decided since then whose words are kept.

    With `tags` only those that fit one of them: `uz` finds `uz-Cyrl`, too.
    """
    query = (
        select(Decision.language)
        .join(Content, Content.id == Decision.content)
        .where(*_kept(since, received_since))
        .distinct()
    )
    return sorted(language for language in session.scalars(query) if is_among(language, tags))


def candidates(
    session: Session, language: str, since: datetime, received_since: datetime
) -> list[Candidate]:
    """At most `MOST` texts of exactly this language; each content once."""
    query = (
        select(Content, Decision)
        .join(Decision, Decision.content == Content.id)
        .where(*_kept(since, received_since), Decision.language == language)
        .order_by(Decision.id.desc())
        .limit(MOST)
    )
    found: dict[str, tuple[Content, Decision]] = {}
    for content, decision in session.execute(query):
        found.setdefault(content.id, (content, decision))
    items = _items(session, list(found))
    return [
        _candidate(content, decision, items[content.id]) for content, decision in found.values()
    ]


def _kept(since: datetime, received_since: datetime) -> list[ColumnElement[bool]]:
    return [
        Decision.decided_at >= since,
        Decision.probability.is_not(None),
        Content.text.is_not(None),
        Content.received_at >= received_since,
    ]


def _items(session: Session, contents: Sequence[str]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    for at in range(0, len(contents), _AT_ONCE):
        query = select(Item).where(Item.content.in_(contents[at : at + _AT_ONCE]))
        for item in session.scalars(query):
            found[str(item.content)].append(item)
    return found


def _candidate(content: Content, decision: Decision, items: list[Item]) -> Candidate:
    counts = settled(items)
    label = None if counts is None else labels(counts, decision.reason_codes)[MISOGYNY]
    return Candidate(
        content=content.id,
        decision=decision.id,
        text=normalise(content.text or ""),
        probability=decision.probability or 0.0,
        measured=decision.supported,
        decided_at=decision.decided_at,
        label=label,
        is_free=not items,
        single=_single(items),
    )


def _single(items: Iterable[Item]) -> str | None:
    about = list(items)
    if len(about) != 1 or about[0].kind != "first" or about[0].state != "resolved":
        return None
    return about[0].id
