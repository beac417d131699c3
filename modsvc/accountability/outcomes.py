"""What became of a decision: is its content restricted, since when, and who decided.

In: decisions and the items that people resolved about them. Out: `Restriction`s. A text is
restricted when the policy withheld it, or when people upheld what the policy sent to review;
until they overturn that. This agrees with `modsvc.review.outcome` (a test compares them), and
adds since when, which statements and reports need for many texts at once.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from modsvc.policy import labels_reached
from modsvc.store.tables import Content, Decision, Item

#: The kinds of items whose resolution counts, and which of them have the last word.
_RANK: Final[Mapping[str, int]] = {"first": 0, "appeal": 1, "adjudication": 1}

#: Contents whose decisions and items are fetched together.
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Restriction:
    """A decision that restricts its content `since` then; `reviews` are as in `reviews_of`."""

    decision: Decision
    content: Content
    since: datetime
    reviews: tuple[Item, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What the text was found to be: the last correction, or else what the policy flagged."""
        for review in reversed(self.reviews):
            if review.corrected_categories is not None:
                return tuple(review.corrected_categories)
        return labels_reached(self.decision.reason_codes)

    @property
    def confirmed_at(self) -> datetime | None:
        """When a person last restricted it; None where nobody has."""
        times = [review.resolved_at for review in self.reviews if _restricts(review)]
        return times[-1] if times else None


def restricted_since(decision: Decision, reviews: Sequence[Item]) -> datetime | None:
    """When the restriction began that still holds; `reviews` are as in `reviews_of`."""
    since = decision.decided_at if decision.action == "withhold" else None
    for review in reviews:
        if review.resolution == "overturn":
            since = None
        elif _restricts(review) and since is None:
            since = review.resolved_at
    return since


def restriction(session: Session, content: str) -> Restriction | None:
    """What holds for one content version (its `Content.id`); None where it is not restricted."""
    return next(_restrictions(session, [content]), None)


def restrictions(session: Session, start: datetime, end: datetime) -> Iterator[Restriction]:
    """Those that began in [start, end) and still hold, in the order of the contents' receipt."""
    withheld = select(Decision.content).where(
        Decision.action == "withhold", Decision.decided_at >= start, Decision.decided_at < end
    )
    reviewed = select(Item.content).where(
        Item.kind.in_(_RANK), Item.resolved_at >= start, Item.resolved_at < end
    )
    query = select(Content.id).where(or_(Content.id.in_(withheld), Content.id.in_(reviewed)))
    found = session.scalars(query.order_by(Content.id)).all()
    for at in range(0, len(found), _AT_ONCE):
        for one in _restrictions(session, found[at : at + _AT_ONCE]):
            if start <= one.since < end:
                yield one


def is_deciding() -> ColumnElement[bool]:
    """The condition that an item has been resolved, and that its resolution counts."""
    return and_(Item.kind.in_(_RANK), Item.state == "resolved")


def reviews_of(session: Session, contents: Sequence[str]) -> Mapping[str, tuple[Item, ...]]:
    """By content version, the resolved items that count; the last one has the last word."""
    query = select(Item).where(Item.content.in_(contents), is_deciding())
    found: dict[str, list[Item]] = defaultdict(list)
    for item in session.scalars(query.order_by(Item.resolved_at, Item.id)):
        found[str(item.content)].append(item)
    return {
        content: tuple(sorted(items, key=lambda item: _RANK[item.kind]))
        for content, items in found.items()
    }


def _restrictions(session: Session, contents: Sequence[str]) -> Iterator[Restriction]:
    reviews = reviews_of(session, contents)
    last = select(func.max(Decision.id)).where(Decision.content.in_(contents))
    query = (
        select(Decision, Content)
        .join(Content, Content.id == Decision.content)
        .where(Decision.id.in_(last.group_by(Decision.content)))
        .order_by(Content.id)
    )
    for decision, content in session.execute(query):
        items = reviews.get(content.id, ())
        since = restricted_since(decision, items)
        if since is not None:
            yield Restriction(decision, content, since, items)


def _restricts(review: Item) -> bool:
    # A lead who passes it on, outside of the desk, does not want it seen meanwhile.
    passed_on = review.kind == "adjudication" and review.resolution == "escalate"
    return passed_on or review.resolution == "uphold"
