"""A model in the shadow beside the one that answers, language by language.

In: a stretch of time. Out: what was counted then of each pair of models. Counting is left to
`modsvc.rollout`, keeping it to `modsvc.store.shadows`, charts to the desk.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from modsvc.store import shadows
from modsvc.store.shadows import Tally
from modsvc.store.tables import ShadowCount


@dataclass(frozen=True, slots=True)
class ShadowNumbers:
    """What a candidate would have decided otherwise than the model that answered; `last` day."""

    active: str
    candidate: str
    last: date
    tally: Tally


def shadow_numbers(
    session: Session, since: datetime, until: datetime
) -> dict[str, list[ShadowNumbers]]:
    """By language, each pair of models, the one that was compared last at the end.

    Counts are of whole days (UTC): all that the time touches, `until` excluded.
    """
    rows = shadows.between(session, since.date(), (until - timedelta(microseconds=1)).date())
    by_pair: dict[tuple[str, str], list[ShadowCount]] = defaultdict(list)
    for row in rows:
        by_pair[row.active, row.candidate].append(row)
    found: dict[str, list[ShadowNumbers]] = defaultdict(list)
    lasts = {pair: max(row.day for row in some) for pair, some in by_pair.items()}
    for pair, last in sorted(lasts.items(), key=lambda one: (one[1], one[0])):
        for language, tally in shadows.by_language(by_pair[pair]).items():
            found[language].append(ShadowNumbers(*pair, last, tally))
    return found
