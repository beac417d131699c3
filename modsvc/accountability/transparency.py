"""What a service did in a quarter, counted by language and category.

In: a database at one moment, and a quarter. Out: `Row`s of whole numbers and seconds. Each
number counts what happened in the quarter: a text that was flagged in one and reviewed in the
next is in both. A text of several categories is in several rows. Hiding small numbers is left
to `disclosure`, writing to `transparency_files`.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from modsvc.accountability.outcomes import is_deciding, reviews_of
from modsvc.accountability.quarter import Quarter
from modsvc.labels import LABELS
from modsvc.policy import labels_reached
from modsvc.store.tables import Appeal, Content, Decision, Item

#: Stands for every language, or every category.
ALL: Final = "all"

UNDETERMINED: Final = "und"

_CHUNK: Final = 500


@dataclass(slots=True)
class Row:
    """What happened in one language and category. `ingested` is None by category.

    Texts: `ingested` were received; `flagged` were sent to review or withheld, `withheld` of
    them without waiting for a person; of those, `automated` have been reviewed by nobody so
    far. Reviews are resolutions: `reviewed` = `upheld` + `overturned` + `escalated`. Appeals:
    `appealed` came in, and were `appeals_upheld` (the decision stands), `appeals_overturned`,
    `appeals_escalated` or are `appeals_open` by now. Times are in seconds.
    """

    language: str
    category: str
    ingested: int | None = None
    flagged: int = 0
    withheld: int = 0
    automated: int = 0
    reviewed: int = 0
    upheld: int = 0
    overturned: int = 0
    escalated: int = 0
    appealed: int = 0
    appeals_upheld: int = 0
    appeals_overturned: int = 0
    appeals_escalated: int = 0
    appeals_open: int = 0
    decision_s: list[float] = field(default_factory=list)
    review_s: list[float] = field(default_factory=list)
    appeal_s: list[float] = field(default_factory=list)


class Tally:
    """Rows by language and category, made as they are needed."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}

    def row(self, language: str, category: str = ALL) -> Row:
        """The row of a language and category."""
        key = language, category
        if key not in self._rows:
            self._rows[key] = Row(*key, ingested=0 if category == ALL else None)
        return self._rows[key]

    def touching(self, language: str, labels: Iterable[str]) -> list[Row]:
        """The rows that something in this language, with these labels, is counted in."""
        return [self.row(each, label) for each in (ALL, language) for label in (ALL, *labels)]

    def rows(self) -> list[Row]:
        """All rows: the totals first, languages in order, categories as in `LABELS`."""
        order = {label: at for at, label in enumerate((ALL, *LABELS))}
        return sorted(
            self._rows.values(),
            key=lambda row: (row.language != ALL, row.language, order[row.category]),
        )


def count(session: Session, quarter: Quarter) -> list[Row]:
    """The rows of one quarter; that of everything is always there."""
    tally = Tally()
    tally.row(ALL)
    _ingested(session, quarter, tally)
    _decided(session, quarter, tally)
    _reviewed(session, quarter, tally)
    _appealed(session, quarter, tally)
    return tally.rows()


def median(times: Sequence[float]) -> float | None:
    """None of nothing."""
    return statistics.median(times) if times else None


def _ingested(session: Session, quarter: Quarter, tally: Tally) -> None:
    language = func.coalesce(Decision.language, Content.language, UNDETERMINED)
    query = (
        select(language, func.count())
        .select_from(Content)
        .outerjoin(Decision, Decision.id == _last_decision(Content.id))
        .where(Content.received_at >= quarter.start, Content.received_at < quarter.end)
        .group_by(language)
    )
    for code, number in session.execute(query):
        for row in tally.touching(code, ()):
            row.ingested = (row.ingested or 0) + number


def _decided(session: Session, quarter: Quarter, tally: Tally) -> None:
    # Texts that were allowed are most of all, and only counted as ingested: not fetched.
    query = (
        select(Decision, Content.received_at)
        .join(Content, Content.id == Decision.content)
        .where(
            Decision.action != "allow",
            Decision.decided_at >= quarter.start,
            Decision.decided_at < quarter.end,
        )
        .order_by(Decision.id)
        .execution_options(yield_per=_CHUNK)
    )
    for some in session.execute(query).partitions():
        reviews = reviews_of(session, [decision.content for decision, _ in some])
        for decision, received_at in some:
            waited = _seconds(received_at, decision.decided_at)
            for row in tally.touching(decision.language, labels_reached(decision.reason_codes)):
                row.flagged += 1
                row.decision_s.append(waited)
                if decision.action == "withhold":
                    row.withheld += 1
                    row.automated += decision.content not in reviews


def _reviewed(session: Session, quarter: Quarter, tally: Tally) -> None:
    query = (
        select(Item, Decision.language, Decision.reason_codes)
        .join(Decision, Decision.id == Item.decision)
        .where(
            is_deciding(),
            Item.resolved_at >= quarter.start,
            Item.resolved_at < quarter.end,
        )
        .order_by(Item.id)
        .execution_options(yield_per=_CHUNK)
    )
    for item, language, codes in session.execute(query):
        for row in tally.touching(language, labels_reached(codes)):
            row.reviewed += 1
            row.upheld += item.resolution == "uphold"
            row.overturned += item.resolution == "overturn"
            row.escalated += item.resolution == "escalate"
            if item.resolved_at is not None:
                row.review_s.append(_seconds(item.created_at, item.resolved_at))


def _appealed(session: Session, quarter: Quarter, tally: Tally) -> None:
    query = (
        select(Appeal, Decision.language, Decision.reason_codes)
        .join(Decision, Decision.id == _last_decision(Appeal.content))
        .where(Appeal.created_at >= quarter.start, Appeal.created_at < quarter.end)
        .order_by(Appeal.id)
        .execution_options(yield_per=_CHUNK)
    )
    for appeal, language, codes in session.execute(query):
        for row in tally.touching(language, labels_reached(codes)):
            row.appealed += 1
            row.appeals_open += appeal.outcome is None
            row.appeals_upheld += appeal.outcome == "uphold"
            row.appeals_overturned += appeal.outcome == "overturn"
            row.appeals_escalated += appeal.outcome == "escalate"
            if appeal.resolved_at is not None:
                row.appeal_s.append(_seconds(appeal.created_at, appeal.resolved_at))


def _last_decision(content: InstrumentedAttribute[str]) -> ScalarSelect[str | None]:
    """The id of the last decision about a content that the query has."""
    last = aliased(Decision)
    return select(func.max(last.id)).where(last.content == content).scalar_subquery()


def _seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()
