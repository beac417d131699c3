"""Traffic that can be foretold: texts in two languages, and a code word among them."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from modsvc.drift.reference import Reference, learn
from modsvc.drift.signals import Sight
from modsvc.labels import LABELS

DAY = datetime(2026, 3, 1, tzinfo=UTC)
CODE = "blorf"


def spelled(number: int) -> str:
    """A number in letters, because digits are no part of words."""
    letters = chr(ord("a") + number % 26)
    return letters if number < 26 else spelled(number // 26) + letters


def plain(word: str) -> str:
    """Words as they are, for tests that keep no file."""
    return word


def sights(
    seed: int,
    *,
    code: float = 0.0,
    hostile: float = 0.1,
    odd: float = 0.0,
    languages: str = "en en en ru",
) -> Iterator[Sight]:
    """Texts without end; `code` of the English ones have the code word, `hostile` score high.

    `odd` ones are in every category and yet not misogynous, which others never are.
    """
    rng = random.Random(seed)
    number = 0
    while True:
        number += 1
        language = rng.choice(languages.split())
        numbers = (int(rng.paretovariate(0.7)) % 400 for _ in range(8))
        words = {f"{language}{spelled(one)}" for one in numbers}
        if language == "en" and rng.random() < code:
            words.add(CODE)
        high = rng.random() < hostile
        scores = [rng.betavariate(8, 3) if high else rng.betavariate(1, 9) for _ in LABELS]
        if rng.random() < odd:
            scores = [0.01, *(0.95 for _ in LABELS[1:])]
        # A name that nobody else has makes each text another one.
        words.add(f"name{spelled(seed)}x{spelled(number)}")
        yield Sight(f"{number}", language, frozenset(words), tuple(scores))


def past(texts: int = 3_000, hostile: float = 0.1) -> Reference:
    """A quiet time."""
    source = sights(0, hostile=hostile)
    return learn((next(source) for _ in range(texts)), plain, since=DAY, until=DAY)
