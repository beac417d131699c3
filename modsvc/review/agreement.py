"""Do reviewers agree? By language and label, and where they do not.

In: first reviews and their blind second ones. Out: Krippendorff's alpha, and the list of
disagreements. Escalations and labels that were left open are missing values. How single people
do is in `modsvc.review.people`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from modsvc.labels import LABELS
from modsvc.review.alpha import alpha
from modsvc.review.verdicts import labels
from modsvc.store.tables import Decision, Item

#: The label of the resolutions themselves: does the text break the rules?
VERDICT: Final = "verdict"


class Pair(NamedTuple):
    """A first review and the second one of the same text, both with a verdict."""

    first: Item
    second: Item
    reason_codes: list[str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """`language` None is all of them together; `units` are texts with two values.

    `alpha` is None where nothing can be said: too few texts, or all values alike.
    """

    language: str | None
    label: str
    units: int
    alpha: float | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two reviews of one text that say different things, and what a lead made of it."""

    content: str
    language: str
    first: Item
    second: Item
    adjudication: Item | None
    at: datetime | None


def pairs(session: Session, since: datetime, until: datetime) -> Iterator[Pair]:
    """All pairs whose second review is from this time (`until` excluded)."""
    first, second = aliased(Item), aliased(Item)
    query = (
        select(first, second, Decision.reason_codes)
        .join(second, (second.first == first.id) & (second.kind == "second"))
        .join(Decision, Decision.id == first.decision)
        .where(
            first.resolution.in_(("uphold", "overturn")),
            second.resolution.in_(("uphold", "overturn")),
            second.resolved_at >= since,
            second.resolved_at < until,
        )
        .order_by(second.resolved_at)
    )
    for row in session.execute(query):
        yield Pair(*row)


def agreement(session: Session, since: datetime, until: datetime) -> list[Agreement]:
    """Alpha for the verdict and each label: of all languages first, then of each."""
    units: dict[str | None, list[dict[str, list[int | str | None]]]] = {None: []}
    for pair in pairs(session, since, until):
        unit = _values(pair)
        units[None].append(unit)
        units.setdefault(pair.first.language, []).append(unit)
    languages = [None, *sorted(language for language in units if language is not None)]
    return [
        _agreement(language, label, units[language])
        for language in languages
        for label in (VERDICT, *LABELS)
    ]


def disagreements(session: Session, since: datetime, until: datetime) -> list[Disagreement]:
    """Pairs with different verdicts, the latest first."""
    found = [
        pair
        for pair in pairs(session, since, until)
        if pair.first.resolution != pair.second.resolution
    ]
    about = [pair.first.id for pair in found]
    asked = select(Item).where(Item.kind == "adjudication", Item.first.in_(about))
    settled = {item.first: item for item in session.scalars(asked.order_by(Item.id))}
    return [
        Disagreement(
            content=pair.first.content or "",
            language=pair.first.language,
            first=pair.first,
            second=pair.second,
            adjudication=settled.get(pair.first.id),
            at=pair.second.resolved_at,
        )
        for pair in reversed(found)
    ]


def _values(pair: Pair) -> dict[str, list[int | str | None]]:
    """By label, the values that were stated."""
    both = [labels(item, pair.reason_codes) for item in (pair.first, pair.second)]
    values: dict[str, list[int | str | None]] = {
        name: [one[name] for one in both if one[name] is not None] for name in LABELS
    }
    return {VERDICT: [pair.first.resolution, pair.second.resolution], **values}


def _agreement(
    language: str | None, label: str, units: list[dict[str, list[int | str | None]]]
) -> Agreement:
    values = [unit[label] for unit in units if len(unit[label]) > 1]
    return Agreement(language, label, len(values), alpha(values))
