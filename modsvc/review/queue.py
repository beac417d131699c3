"""What waits for a person, and who may see to it.

In: an account and its filters. Out: conditions that find the items which it may claim, a page
of them, and counts. Nobody gets what they reviewed before, what they prefer not to see, or what
has been erased. Claiming is left to `modsvc.review.claims`; first items are made where contents
come in, later ones by the modules that ask for another look.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from modsvc.review.words import CLAIMABLE, PRESENT, Shown
from modsvc.store.columns import utcnow
from modsvc.store.tables import Account, Appeal, Content, Decision, Item

#: The most severe first, then the oldest.
ORDER: Final = (Item.severity.desc(), Item.created_at, Item.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a person wants to see now; None means anything. Probability is of misogyny."""

    language: str | None = None
    category: str | None = None
    community: str | None = None
    kind: Shown | None = None
    older_than: timedelta | None = None
    newer_than: timedelta | None = None
    min_probability: float | None = None
    max_probability: float | None = None


ANYTHING: Final = Filters()


class Waiting(NamedTuple):
    """One item in a list, without words; `probability` is None where the model failed."""

    item: str
    kind: Shown
    language: str
    community: str
    category: str | None
    severity: float
    probability: float | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items wait, in all and by what they are; `oldest` is None when none does."""

    total: int
    oldest: datetime | None
    by_language: dict[str, int]
    by_category: dict[str, int]
    by_community: dict[str, int]
    by_kind: dict[str, int]


def is_free(now: datetime) -> ColumnElement[bool]:
    """Nobody has the item: it is open, or its lease is over."""
    return or_(Item.state == "open", and_(Item.state == "claimed", Item.lease_until <= now))


def is_for(account: Account) -> list[ColumnElement[bool]]:
    """An item that this account may see to, whether it is free or not, in whatever language."""
    decided = aliased(Item)
    seen_before = exists().where(decided.content == Item.content, decided.resolved_by == account.id)
    text = aliased(Content)
    erased = exists().where(text.id == Item.content, text.erased_at.is_not(None))
    return [
        Item.kind.in_(CLAIMABLE[account.role]),
        or_(Item.kind == "first", ~seen_before),
        ~erased,
    ]


def fits(account: Account, filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    """An item for this account that it wants to see, whether it is free or not.

    In whatever language: those are `is_wanted`'s, and `modsvc.review.pick`'s.
    """
    hidden = [~_is_in(name) for name in account.hidden_categories]
    return [*is_for(account), *hidden, *_filtered(filters, now)]


def is_wanted(account: Account, filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    """A free item for this account, in its languages, and one that it wants to see."""
    spoken = [in_language(tag) for tag in account.languages]
    asked = [] if filters.language is None else [in_language(filters.language)]
    return [
        is_free(now),
        *fits(account, filters, now),
        *([or_(*spoken)] if spoken else []),
        *asked,
    ]


def in_language(tag: str) -> ColumnElement[bool]:
    """The item's language is this one, or this one in another script: `uz` finds `uz-Cyrl`."""
    return or_(Item.language == tag, Item.language.startswith(f"{tag}-", autoescape=True))


def speaks(account: Account, filters: Filters, language: str) -> bool:
    """Whether the account reads this language and asks for it; as `in_language` has it."""
    asked = [] if filters.language is None else [filters.language]
    return is_among(language, account.languages) and is_among(language, asked)


def is_among(language: str, tags: Sequence[str]) -> bool:
    """Whether the language is one of these, in whatever script, as `in_language` has it; or any."""
    return not tags or any(f"{language}-".startswith(f"{tag}-") for tag in tags)


def page(
    session: Session,
    account: Account,
    filters: Filters = ANYTHING,
    *,
    limit: int = 50,
    offset: int = 0,
    now: datetime | None = None,
) -> list[Waiting]:
    """Some of what this account may claim, in the order in which it comes up."""
    query = (
        select(
            *(Item.id, _shown(), Item.language, Item.community, Item.category, Item.severity),
            *(Decision.probability, Item.created_at),
        )
        .outerjoin(Decision, Decision.id == Item.decision)
        .where(*is_wanted(account, filters, now or utcnow()))
        .order_by(*ORDER)
    )
    return [Waiting(*row) for row in session.execute(query.limit(limit).offset(offset))]


def counts(
    session: Session,
    account: Account,
    filters: Filters = ANYTHING,
    *,
    now: datetime | None = None,
) -> Counts:
    """How much of what waits this account may claim."""
    waiting = (
        select(*(Item.language, Item.category, Item.community, _shown(), Item.created_at))
        .where(*is_wanted(account, filters, now or utcnow()))
        .subquery()
    )
    *sorts, created_at = waiting.columns
    query = select(*sorts, func.count(), func.min(created_at)).group_by(*sorts)
    found: list[Counter[str]] = [Counter() for _ in sorts]
    oldest: list[datetime] = []
    for *names, count, first in session.execute(query):
        oldest.append(first)
        for tally, name in zip(found, names, strict=True):
            tally[name or ""] += count
    by_language, by_category, by_community, by_kind = (dict(tally) for tally in found)
    return Counts(
        total=sum(by_kind.values()),
        oldest=min(oldest, default=None),
        by_language=by_language,
        by_category=by_category,
        by_community=by_community,
        by_kind=by_kind,
    )


def claimable(
    session: Session, account: Account, items: Sequence[str], *, now: datetime | None = None
) -> set[str]:
    """Those of these items that are free and that this account may claim."""
    query = select(Item.id).where(Item.id.in_(list(items)), is_free(now or utcnow()))
    return set(session.scalars(query.where(*is_for(account))))


def _filtered(filters: Filters, now: datetime) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.category is not None:
        found.append(_is_in(filters.category))
    if filters.community is not None:
        found.append(Item.community == filters.community)
    if filters.kind is not None:
        found.append(_shown() == filters.kind)
    if filters.older_than is not None:
        found.append(Item.created_at <= now - filters.older_than)
    if filters.newer_than is not None:
        found.append(Item.created_at >= now - filters.newer_than)
    bounds = filters.min_probability, filters.max_probability
    if bounds != (None, None):
        found.append(_is_between(*bounds))
    return found


def _shown() -> ColumnElement[Any]:
    """The item's kind as reviewers see it; `modsvc.review.items` shows the same."""
    objected = exists().where(Appeal.review == Item.id)
    return case(
        (Item.kind == "adjudication", "adjudication"), (objected, "appeal"), else_="review"
    ).label("shown")


def _is_in(category: str) -> ColumnElement[bool]:
    """The decision sees this category in the text."""
    decision = aliased(Decision)
    # The comparators of JSON are not part of the column's type.
    categories: Any = decision.categories
    return exists().where(decision.id == Item.decision, categories[category].as_float() >= PRESENT)


def _is_between(low: float | None, high: float | None) -> ColumnElement[bool]:
    decision = aliased(Decision)
    bounds = [decision.id == Item.decision]
    if low is not None:
        bounds.append(decision.probability >= low)
    if high is not None:
        bounds.append(decision.probability <= high)
    return exists().where(*bounds)
