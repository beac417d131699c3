"""The service at work, language by language, in numbers.

In: a stretch of time, and the score distributions of the model to compare with. Out: one
`LanguageNumbers` a language. Golden items and second looks are in none of them, except that
the backlog has whatever people still have to look at. Charts, tables and CSV are left to the
desk; agreement between people is in `modsvc.review.agreement`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import quantiles

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from modsvc.drift import alarms
from modsvc.drift.alarms import Raised
from modsvc.labels import LABELS, MISOGYNY, TOXIC_OTHER
from modsvc.review.drift import BINS, psi
from modsvc.review.reliability import Bin, LabelAgreement, label_agreement, reliability
from modsvc.review.shadow import ShadowNumbers, shadow_numbers
from modsvc.review.verdicts import Labels, labels
from modsvc.store.tables import Content, Decision, Item


@dataclass(frozen=True, slots=True)
class LanguageNumbers:
    """Of decisions: `volume`, `flagged`, `scores` (a histogram of the probability), `drift`.

    Of what waits now: `backlog`, `oldest`. Of first reviews resolved in the time: `reviewed`,
    `overturned`, seconds from flag to resolution (median, 90th percentile), and the model
    beside people; allowed texts that were drawn as samples are in the last of these alone.
    Rates, times and drift are None where nothing is there to tell. Of days that the time
    touches: `shadow`, the pair of models that was compared last comes last.
    """

    language: str
    volume: int
    flagged: int
    scores: tuple[int, ...]
    drift: float | None
    backlog: int
    oldest: datetime | None
    reviewed: int
    overturned: int
    median_s: float | None
    p90_s: float | None
    agreement: tuple[LabelAgreement, ...]
    calibration: tuple[Bin, ...]
    shadow: tuple[ShadowNumbers, ...] = ()
    before: int = 0
    alarms: tuple[Raised, ...] = ()

    @property
    def flag_rate(self) -> float | None:
        """The share of decisions that were not `allow`."""
        return self.flagged / self.volume if self.volume else None

    @property
    def overturn_rate(self) -> float | None:
        """The share of reviewed flags that people found to break no rule."""
        return self.overturned / self.reviewed if self.reviewed else None


@dataclass(slots=True)
class _Reviews:
    """First reviews of one language, as they are gathered."""

    seconds: list[float] = field(default_factory=list)
    overturned: int = 0
    pairs: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))


_NO_SCORES = (0,) * BINS


def live(
    session: Session,
    since: datetime,
    until: datetime,
    references: Mapping[str, Sequence[float]] | None = None,
) -> list[LanguageNumbers]:
    """The numbers of each language that was decided, reviewed or waits, by name.

    `until` is excluded. `references` has, by language, the shares of probabilities in the
    bins of `modsvc.review.drift`.
    """
    volumes = _volumes(session, since, until)
    scores = _scores(session, since, until)
    waiting = _waiting(session)
    reviews = _reviews(session, since, until)
    shadow = shadow_numbers(session, since, until)
    before = _volumes(session, since - (until - since), since)
    raised: dict[str, list[Raised]] = defaultdict(list)
    for alarm in alarms.between(session, since, until):
        raised[alarm.language].append(alarm)
    return [
        _numbers(
            language,
            volumes.get(language, (0, 0)),
            tuple(scores.get(language, _NO_SCORES)),
            (references or {}).get(language),
            waiting.get(language, (0, None)),
            reviews.get(language, _Reviews()),
            tuple(shadow.get(language, ())),
            before.get(language, (0, 0))[0],
            tuple(raised.get(language, ())),
        )
        for language in sorted({*volumes, *waiting, *reviews, *shadow, *before, *raised})
    ]


def _numbers(
    language: str,
    volume: tuple[int, int],
    scores: tuple[int, ...],
    reference: Sequence[float] | None,
    waiting: tuple[int, datetime | None],
    reviews: _Reviews,
    shadow: tuple[ShadowNumbers, ...],
    before: int,
    raised: tuple[Raised, ...],
) -> LanguageNumbers:
    median, p90 = _percentiles(reviews.seconds)
    return LanguageNumbers(
        language=language,
        volume=volume[0],
        flagged=volume[1],
        scores=scores,
        drift=None if reference is None else psi(scores, reference),
        backlog=waiting[0],
        oldest=waiting[1],
        reviewed=len(reviews.seconds),
        overturned=reviews.overturned,
        median_s=median,
        p90_s=p90,
        agreement=tuple(label_agreement(name, reviews.pairs[name]) for name in LABELS),
        calibration=reliability(reviews.pairs[MISOGYNY]),
        shadow=shadow,
        before=before,
        alarms=raised,
    )


def _volumes(session: Session, since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    flagged = func.sum(case((Decision.action == "allow", 0), else_=1))
    query = (
        select(Decision.language, func.count(Decision.id), flagged)
        .where(Decision.decided_at >= since, Decision.decided_at < until)
        .group_by(Decision.language)
    )
    return {language: (total, flags) for language, total, flags in session.execute(query)}


def _scores(session: Session, since: datetime, until: datetime) -> dict[str, list[int]]:
    bounds = [(Decision.probability < (index + 1) / BINS, index) for index in range(BINS - 1)]
    query = (
        select(Decision.language, index := case(*bounds, else_=BINS - 1), func.count(Decision.id))
        .where(
            Decision.decided_at >= since,
            Decision.decided_at < until,
            Decision.probability.is_not(None),
        )
        .group_by(Decision.language, index)
    )
    found: dict[str, list[int]] = defaultdict(lambda: [0] * BINS)
    for language, number, count in session.execute(query):
        found[language][number] = count
    return found


def _waiting(session: Session) -> dict[str, tuple[int, datetime | None]]:
    erased = exists().where(Content.id == Item.content, Content.erased_at.is_not(None))
    query = (
        select(Item.language, func.count(Item.id), func.min(Item.created_at))
        .where(Item.state.in_(("open", "claimed")), Item.kind != "golden", ~erased)
        .group_by(Item.language)
    )
    return {language: (count, oldest) for language, count, oldest in session.execute(query)}


def _reviews(session: Session, since: datetime, until: datetime) -> dict[str, _Reviews]:
    query = (
        select(Item, Decision)
        .join(Decision, Decision.id == Item.decision)
        .where(
            Item.kind == "first",
            Item.resolution.in_(("uphold", "overturn")),
            Item.resolved_at >= since,
            Item.resolved_at < until,
        )
    )
    found: dict[str, _Reviews] = defaultdict(_Reviews)
    for item, decision in session.execute(query):
        reviews = found[item.language]
        # What was allowed is a sample (`modsvc.review.suggest`): no flag of it can be overturned.
        if item.resolved_at is not None and decision.action != "allow":
            reviews.seconds.append((item.resolved_at - item.created_at).total_seconds())
            reviews.overturned += item.resolution == "overturn"
        _gather(reviews, decision, labels(item, decision.reason_codes))
    return found


def _gather(reviews: _Reviews, decision: Decision, said: Labels) -> None:
    if decision.probability is None:
        return
    thought = {
        MISOGYNY: decision.probability,
        **(decision.categories or {}),
        TOXIC_OTHER: decision.toxic_other,
    }
    for name in LABELS:
        probability, label = thought.get(name), said[name]
        if probability is not None and label is not None:
            reviews.pairs[name].append((probability, label))


def _percentiles(seconds: list[float]) -> tuple[float | None, float | None]:
    """Median and 90th percentile."""
    if not seconds:
        return None, None
    if len(seconds) == 1:
        return seconds[0], seconds[0]
    tenths = quantiles(seconds, n=10, method="inclusive")
    return tenths[4], tenths[8]
