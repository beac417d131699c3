"""Which texts to ask people about next, and why each of them.

In: decisions of the last weeks. Out: `Suggestion`s. Texts that nobody was asked about come for one
of the reasons of `modsvc.review.suggest.choose`; reviews that may be wrong come for a second look.
Putting them into the queue is left to `modsvc.review.suggest.enqueue`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import numpy as np
from sqlalchemy.orm import Session

from modsvc.review.suggest import label_errors, ngrams
from modsvc.review.suggest.candidates import Candidate, candidates, languages
from modsvc.review.suggest.choose import SHARES, UNMEASURED, Reason, choose
from modsvc.review.suggest.neighbours import nearest
from modsvc.review.suggest.scores import Floats, disagreement, novelty, uncertainty
from modsvc.review.suggest.shares import Known, spread

Why = Reason | Literal["label"]

#: Of a language's picks, those that may be second looks at doubtful reviews.
_LABELS: Final = 0.125
#: What counts as recent, for drift.
RECENT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to ask about; `review` is the first review that it should be a second look at.

    `score` in [0, 1] says how strong the reason is.
    """

    language: str
    content: str
    decision: str
    reason: Why
    score: float
    probability: float
    review: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to look for: at most `limit` texts decided since `since` and received since
    `received_since`; in these languages, or in all there are. Chance is drawn by `seed`.
    """

    limit: int
    since: datetime
    received_since: datetime
    now: datetime
    languages: Sequence[str] = ()
    seed: int = 0


def suggest(session: Session, asked: Asked) -> list[Suggestion]:
    """The suggestions of each language together, the best of each reason first."""
    time = asked.since, asked.received_since
    found = {
        language: candidates(session, language, *time)
        for language in languages(session, *time, asked.languages)
    }
    limits = spread(asked.limit, {language: _known(some) for language, some in found.items()})
    return [
        suggestion
        for language, limit in limits.items()
        for suggestion in _of_language(language, found[language], limit, asked)
    ]


def _known(some: Sequence[Candidate]) -> Known:
    return Known(
        waiting=sum(one.is_free or one.single is not None for one in some),
        reviewed=sum(one.label is not None for one in some),
        measured=_measured(some),
    )


def _measured(some: Sequence[Candidate]) -> bool:
    return bool(some) and some[0].measured


def _of_language(
    language: str, some: Sequence[Candidate], limit: int, asked: Asked
) -> list[Suggestion]:
    doubted = _doubted(language, some)[: max(round(_LABELS * limit), 1)]
    chosen = _chosen(language, some, limit - len(doubted), asked)
    return chosen + doubted


def _chosen(language: str, some: Sequence[Candidate], limit: int, asked: Asked) -> list[Suggestion]:
    if limit < 1 or not any(one.is_free for one in some):
        return []
    vectors = ngrams.vectors([one.text for one in some])
    free = np.array([one.is_free for one in some])
    scores = {
        reason: np.where(free, values, 0.0)
        for reason, values in _scores(some, vectors, asked).items()
    }
    picks = choose(scores, vectors, limit, SHARES if _measured(some) else UNMEASURED)
    return [
        Suggestion(
            language=language,
            content=some[pick.row].content,
            decision=some[pick.row].decision,
            reason=pick.reason,
            score=pick.score,
            probability=some[pick.row].probability,
        )
        for pick in picks
    ]


def _scores(
    some: Sequence[Candidate], vectors: ngrams.Floats, asked: Asked
) -> Mapping[Reason, Floats]:
    near = nearest(vectors)
    probability = np.array([one.probability for one in some])
    told = np.array([one.probability if one.label is None else one.label for one in some])
    recent = np.array([one.decided_at >= asked.now - RECENT for one in some])
    chance = np.random.default_rng(asked.seed).uniform(0.01, 1.0, len(some))
    return {
        "uncertain": uncertainty(probability),
        "neighbours": disagreement(probability, told, near),
        "drifted": novelty(recent, near),
        "chance": chance,
    }


def _doubted(language: str, some: Sequence[Candidate]) -> list[Suggestion]:
    if not label_errors.installed():
        return []
    said = [one for one in some if one.label is not None]
    places = label_errors.doubtful(
        [one.label or 0 for one in said], [one.probability for one in said]
    )
    return [
        Suggestion(
            language=language,
            content=said[place].content,
            decision=said[place].decision,
            reason="label",
            score=abs(said[place].probability - (said[place].label or 0)),
            probability=said[place].probability,
            review=said[place].single,
        )
        for place in places
        if said[place].single is not None
    ]
