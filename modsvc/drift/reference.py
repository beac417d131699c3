"""What the past was like: learnt from decisions, kept in a file, compared with ever after.

In: sights of a quiet time, in order. Out: a `Reference`, and its file. The file has numbers, and
of words only keyed hashes: who has the file but not the secret cannot tell who was talked about.
Where sights come from is left to `modsvc.drift.follow`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
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
    """One language's past: how many `texts`, its `words` (hashed), and where its signals were.

    `centre` [8] and `spread` [8, 8] are the mean and the inverse covariance of the embeddings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    texts: int = Field(gt=0)
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
    by_language: dict[str, list[Sight]] = defaultdict(list)
    for sight in sights:
        by_language[sight.language].append(sight)
    total = sum(map(len, by_language.values()))
    if not total:
        raise InputError("Nothing was decided in this time: name another --since and --until.")
    return Reference(
        since=since,
        until=until,
        texts=total,
        shares={language: len(seen) / total for language, seen in sorted(by_language.items())},
        languages={
            language: _learn_one(seen, digest)
            for language, seen in sorted(by_language.items())
            if sum(sight.probabilities is not None for sight in seen) >= ENOUGH
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


def _learn_one(sights: Sequence[Sight], digest: Digest) -> LanguageReference:
    scored = [sight.probabilities for sight in sights if sight.probabilities is not None]
    places = np.array([embedding(one) for one in scored])
    centre, spread = places.mean(axis=0), _inverse(places)
    words = frozenset().union(*(sight.words or frozenset() for sight in sights))
    return LanguageReference(
        texts=len(sights),
        words=sorted(map(digest, words)),
        centre=[round(value, 6) for value in centre.tolist()],
        spread=[[round(value, 6) for value in row] for row in spread.tolist()],
        score=Level.of([score(one) for one in scored]),
        embedding=Level.of([distance(one, centre, spread) for one in scored]),
    )


def _inverse(places: Floats) -> Floats:
    """The inverse of the covariance of rows [n, 8], drawn towards a sphere.

    So that the rare directions of few texts do not count for much (Ledoit and Wolf 2004 have the
    idea; the share here is fixed).
    """
    covariance = np.cov(places, rowvar=False)
    sphere = np.eye(len(LABELS)) * max(float(np.trace(covariance)) / len(LABELS), 1e-6)
    return np.asarray(np.linalg.inv((1 - _RIDGE) * covariance + _RIDGE * sphere), np.float64)
