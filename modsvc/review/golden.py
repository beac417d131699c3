"""Texts whose answer is known, among those whose is not: to see how reviews go.

In: texts that leads agreed on. Out: items that look like any other, each text at most once for
each person; and how often each person was right. Golden items have no content: they are in no
count, no export and no dashboard.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import random, sample
from typing import Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from modsvc.engine.language import normalise_tag
from modsvc.errors import InputError, InputTooLarge
from modsvc.labels import CATEGORIES
from modsvc.review import leases
from modsvc.review.practice import Practice
from modsvc.review.queue import Filters, is_free, speaks
from modsvc.review.severity import of_categories
from modsvc.store import events
from modsvc.store.database import Database
from modsvc.store.tables import Account, Content, GoldenItem, Item

ADDED = "golden.added"

#: Of a golden text, and of the note about it.
MAX_TEXT_CHARS: Final = 5000

#: So many golden texts are looked at for one that passes for any other.
_TRIED: Final = 20


@dataclass(frozen=True, slots=True)
class Record:
    """How a person did on golden items; `right` of `answered`, escalations apart."""

    account: str
    name: str
    answered: int
    right: int
    escalated: int

    @property
    def accuracy(self) -> float | None:
        """In [0, 1]; None before the first answer."""
        return self.right / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Known:
    """A golden item, and how often people gave its answer; escalations apart."""

    item: GoldenItem
    answered: int
    right: int


def add(
    session: Session,
    text: str,
    language: str,
    *,
    flagged: bool,
    actor: str,
    categories: Sequence[str] = (),
    note: str = "",
) -> GoldenItem:
    """Keep a text with its answer. Raises InputError, InputTooLarge."""
    tag = normalise_tag(language)
    if not text.strip() or tag is None:
        raise InputError("A golden item needs a text and its language.")
    if set(categories) - set(CATEGORIES) or bool(categories) > flagged:
        raise InputError(
            f"Categories of a flagged text are among {', '.join(CATEGORIES)}; others have none."
        )
    if len(text) > MAX_TEXT_CHARS or len(note) > MAX_TEXT_CHARS:
        raise InputTooLarge(f"A golden item has at most {MAX_TEXT_CHARS} characters: shorten it.")
    item = GoldenItem(
        text=text, language=tag, flagged=flagged, categories=list(categories), note=note
    )
    session.add(item)
    events.append(session, ADDED, actor=actor, data={"golden": item.id})
    return item


def choose(
    database: Database,
    account: Account,
    practice: Practice,
    filters: Filters,
    *,
    passes: Callable[[GoldenItem], bool],
    chance: Callable[[], float] = random,
) -> str | None:
    """Now and then the id of a golden text for this person's next item; None else, or without any.

    `passes` says whether a text could have been flagged: one that could not would be recognised.
    It may take its time, so it is asked outside of any session. `chance` is in [0, 1).
    """
    # Nobody gains by foretelling it.
    if chance() >= practice.golden_share:
        return None
    with database.reading() as session:
        found = list(unseen(session, account, filters))
    tried = sample(found, min(len(found), _TRIED))  # nosec B311
    return next((one.id for one in tried if passes(one)), None)


def draw(
    session: Session,
    account: Account,
    practice: Practice,
    filters: Filters,
    now: datetime,
    known: str,
) -> Item | None:
    """An item about a golden text that was chosen, under a lease; None if it suits no more."""
    for one in unseen(session, account, filters):
        if one.id == known:
            return _lease(session, one, account, now, now + practice.lease)
    return None


def unseen(session: Session, account: Account, filters: Filters) -> Iterator[GoldenItem]:
    """The golden texts that suit this person, and that they have not answered."""
    answered = exists().where(
        Item.golden == GoldenItem.id,
        (Item.resolved_by == account.id) | (Item.lease_owner == account.id),
    )
    query = select(GoldenItem).where(~answered).order_by(GoldenItem.id)
    return (known for known in session.scalars(query) if _suits(known, account, filters))


def setting(session: Session, item: Item) -> Content | None:
    """The content whose circumstances a golden item borrows, so that it stands out by none.

    It is the last one of the same language that was queued before; None where there is none.
    """
    query = (
        select(Content)
        .join(Item, Item.content == Content.id)
        .where(Item.kind == "first", Item.language == item.language)
        .where(Item.created_at < item.created_at)
        .order_by(Item.created_at.desc(), Item.id.desc())
    )
    return session.scalars(query.limit(1)).first()


def known(session: Session, *, limit: int = 200) -> list[Known]:
    """The golden items, the latest first, with how people answered them."""
    answers = (
        select(Item.golden, Item.resolution, func.count(Item.id))
        .where(Item.golden.is_not(None), Item.resolution.in_(("uphold", "overturn")))
        .group_by(Item.golden, Item.resolution)
    )
    given = {(golden, resolution): count for golden, resolution, count in session.execute(answers)}
    found = []
    for item in session.scalars(select(GoldenItem).order_by(GoldenItem.id.desc()).limit(limit)):
        upheld, overturned = given.get((item.id, "uphold"), 0), given.get((item.id, "overturn"), 0)
        right = upheld if item.flagged else overturned
        found.append(Known(item, upheld + overturned, right))
    return found


def results(session: Session, since: datetime, until: datetime | None = None) -> list[Record]:
    """How each person did on golden items resolved since then, before `until` if given, by name."""
    query = (
        select(Item.resolution, GoldenItem.flagged, Account.id, Account.name)
        .join(GoldenItem, GoldenItem.id == Item.golden)
        .join(Account, Account.id == Item.resolved_by)
        .where(Item.state == "resolved", Item.resolved_at >= since)
    )
    if until is not None:
        query = query.where(Item.resolved_at < until)
    people: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for resolution, flagged, account, name in session.execute(query):
        right = (resolution == "uphold") == flagged
        outcome = "escalated" if resolution == "escalate" else "right" if right else "wrong"
        people[name, account][outcome] += 1
    return [
        Record(account, name, seen["right"] + seen["wrong"], seen["right"], seen["escalated"])
        for (name, account), seen in sorted(people.items())
    ]


def _suits(known: GoldenItem, account: Account, filters: Filters) -> bool:
    # It passes for a first review, and belongs to no community.
    if filters.kind not in (None, "review") or filters.community is not None:
        return False
    if not speaks(account, filters, known.language):
        return False
    if filters.category is not None and filters.category not in known.categories:
        return False
    return not set(known.categories) & set(account.hidden_categories)


def _lease(
    session: Session, known: GoldenItem, account: Account, now: datetime, until: datetime
) -> Item | None:
    given_back = [Item.golden == known.id, is_free(now)]
    again = leases.take(session, account, given_back, until)
    if again is not None:
        return again
    item = Item(
        content=None,
        decision=None,
        golden=known.id,
        language=known.language,
        severity=of_categories(known.categories),
        category=known.categories[0] if known.categories else None,
        state="claimed",
        kind="golden",
        lease_owner=account.id,
        lease_until=until,
        created_at=now,
    )
    session.add(item)
    session.flush()
    return item
