"""What the past was like: learnt from decisions, kept in a file, compared with ever after.

In: sights of a quiet time, in order. Out: a `Reference`, and its file. The file has numbers, and
of words only keyed hashes: who has the file but not the secret cannot tell who was talked about.
Where sights come from is left to `modsvc.drift.sights`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import fmean, pstdev
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from modsvc.drift.signals import Sight, distance, embedding, score
from modsvc.errors import InputError
from modsvc.labels import LABELS

#: A language with fewer texts in the past is watched by its share alone.
ENOUGH: Final = 100

#: How much of the mean variance every direction is given, so that none is without any.
_RIDGE: Final = 0.1

Floats = NDArray[np.float64]

#: What a word becomes before it is kept.
Digest = Callable[[str], str]


class Level(BaseModel):
    """The mean of a signal's values, and their standard deviation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mean: float
    deviation: float = Field(ge=0)

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """The level of some values, at least one."""
        return cls(mean=round(fmean(values), 6), deviation=round(pstdev(values), 6))


class LanguageReference(BaseModel):
    """One language's past: its `words` (hashed), and where its signals were.

    `centre` [8] and `spread` [8, 8] are the mean and the inverse covariance of the embeddings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: list[str]
    centre: list[float]
    spread: list[list[float]]
    score: Level
    embedding: Level


class Reference(BaseModel):
    """The past: `shares` of all texts by language, and the languages that have enough of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    since: datetime
    until: datetime
    texts: int = Field(gt=0)
    shares: dict[str, float]
    languages: dict[str, LanguageReference]


def learn(
    sights: Iterable[Sight], digest: Digest, *, since: datetime, until: datetime
) -> Reference:
    """What these sights were like. Raises InputError when there are none."""
    past: dict[str, _Past] = defaultdict(_Past)
    for sight in sights:
        past[sight.language].add(sight)
    total = sum(one.texts for one in past.values())
    if not total:
        raise InputError("Nothing was decided in this time: name another --since and --until.")
    return Reference(
        since=since,
        until=until,
        texts=total,
        shares={language: one.texts / total for language, one in sorted(past.items())},
        languages={
            language: _learn_one(one, digest)
            for language, one in sorted(past.items())
            if len(one.scored) >= ENOUGH
        },
    )


def read(path: Path) -> Reference:
    """The reference of a file. Raises InputError, which says what to do."""
    try:
        return Reference.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing: make it with `modsvc drift learn`.") from error
    except ValidationError as error:
        raise InputError(f"{path} is no reference: make it anew, `modsvc drift learn`.") from error


@dataclass(slots=True)
class _Past:
    """What is kept of a language's sights while they go by: of a word that it was there."""

    texts: int = 0
    words: set[str] = field(default_factory=set)
    scored: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, sight: Sight) -> None:
        self.texts += 1
        self.words |= sight.words or frozenset()
        if sight.probabilities is not None:
            self.scored.append(sight.probabilities)


def _learn_one(past: _Past, digest: Digest) -> LanguageReference:
    places = np.array([embedding(one) for one in past.scored])
    centre, spread = places.mean(axis=0), _inverse(places)
    return LanguageReference(
        words=sorted(map(digest, past.words)),
        centre=[round(value, 6) for value in centre.tolist()],
        spread=[[round(value, 6) for value in row] for row in spread.tolist()],
        score=Level.of([score(one) for one in past.scored]),
        embedding=Level.of([distance(one, centre, spread) for one in past.scored]),
    )


def _inverse(places: Floats) -> Floats:
    """The inverse of the covariance of rows [n, 8], drawn towards a sphere.

    So that the rare directions of few texts do not count for much (Ledoit and Wolf 2004 have the
    idea; the share here is fixed).
    """
    covariance = np.cov(places, rowvar=False)
    sphere = np.eye(len(LABELS)) * max(float(np.trace(covariance)) / len(LABELS), 1e-6)
    return np.asarray(np.linalg.inv((1 - _RIDGE) * covariance + _RIDGE * sphere), np.float64)
