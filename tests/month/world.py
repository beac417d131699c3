"""What is posted in the month, and what is true of it.

In: a number of posts and a seed. Out: `Post`s, day by day. English is there from the beginning;
Spanish, which the first model was never measured on, comes in more and more, and from the middle
on hostile people write a code word that no model knows. Sentences are made of the few that the
first model is trained on (`tests.training.tiny_run`).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.training.tiny_run import HOSTILE, PLACES, PLAIN

#: The days of the month; nothing happens before `QUIET` of them are over.
DAYS: Final = 28
QUIET: Final = 8
CAMPAIGN: Final = 14

#: The code word, and the share of English posts with it while the campaign lasts.
CODE: Final = "zorple"
CODED: Final = 0.08

#: The share of hostile posts, and that of Spanish on the last day.
ABUSE: Final = 0.15
SPANISH: Final = 0.3

_SPANISH_HOSTILE: Final = ("las mujeres no sirven", "las chicas son tontas", "que obedezcan ellas")
_SPANISH_PLAIN: Final = ("el tren llega tarde", "mi abuela hace pan", "ganamos el partido")
_SPANISH_PLACES: Final = ("en casa", "otra vez", "en la plaza", "cada tarde", "esta semana")
_CODED: Final = (f"every {CODE} is", f"not one more {CODE}", f"that {CODE} again")


@dataclass(frozen=True, slots=True)
class Post:
    """One post; `hostile` is what a person who never errs would find."""

    content_id: str
    text: str
    language: str
    author: str
    hostile: bool
    coded: bool


def month(posts: int, seed: int) -> Iterator[list[Post]]:
    """The posts of each day, as evenly spread as can be."""
    rng = random.Random(seed)
    number = 0
    for day in range(DAYS):
        until = posts * (day + 1) // DAYS
        yield [_post(rng, day, one) for one in range(number, until)]
        number = until


def coded(posts: int, seed: int) -> list[Post]:
    """Posts of the campaign alone, other ones than those of the month."""
    rng = random.Random(f"coded {seed}")
    return [_made(rng, 10_000_000 + one, "en", hostile=True, code=True) for one in range(posts)]


def _post(rng: random.Random, day: int, number: int) -> Post:
    spanish = SPANISH * max(day - QUIET + 1, 0) / (DAYS - QUIET)
    language = "es" if rng.random() < spanish else "en"
    code = language == "en" and day >= CAMPAIGN and rng.random() < CODED
    return _made(rng, number, language, hostile=code or rng.random() < ABUSE, code=code)


def _made(rng: random.Random, number: int, language: str, *, hostile: bool, code: bool) -> Post:
    if code:
        sentences, places = _CODED, PLACES
    elif language == "es":
        sentences, places = (_SPANISH_HOSTILE if hostile else _SPANISH_PLAIN), _SPANISH_PLACES
    else:
        sentences, places = (HOSTILE if hostile else PLAIN), PLACES
    # The number in the middle: at the end it would leave most posts near-duplicates of others, and
    # all of their authors one group of the corpus, whose rows go to one split.
    text = " ".join((rng.choice(sentences), str(number), *rng.sample(places, 3)))
    return Post(f"p{number}", text, language, f"author{rng.randrange(500)}", hostile, code)
