"""How many of the picks each language gets: more where little is known.

In: for each language how much was decided and how much people settled of it. Out: whole numbers
that add up.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

#: So many reviews are taken for granted, so that a first one does not change everything.
_GRANTED: Final = 25
#: A language that the model was never measured on counts as so many times its traffic.
_UNMEASURED: Final = 4.0


class Known(NamedTuple):
    """Of a language: texts that nobody was asked about, reviews, and whether it was measured."""

    waiting: int
    reviewed: int
    measured: bool


def spread(limit: int, languages: Mapping[str, Known]) -> dict[str, int]:
    """Picks by language, `limit` in all as far as there are texts; largest remainders decide.

    A language's part grows with the square root of its traffic and falls with that of its
    reviews: a large language is asked more, but no small one is forgotten.
    """
    left = {name: known.waiting for name, known in languages.items() if known.waiting > 0}
    given = dict.fromkeys(languages, 0)
    while left and sum(given.values()) < limit:
        room = limit - sum(given.values())
        weights = {name: _weight(languages[name]) for name in left}
        exact = {name: room * weight / sum(weights.values()) for name, weight in weights.items()}
        whole = {name: int(share) for name, share in exact.items()}
        ranked = sorted(exact, key=lambda name: (whole[name] - exact[name], name))
        for name in ranked[: room - sum(whole.values())]:
            whole[name] += 1
        for name, count in whole.items():
            taken = min(count, left[name])
            given[name] += taken
            left[name] -= taken
        left = {name: count for name, count in left.items() if count > 0}
    return {name: count for name, count in given.items() if count}


def _weight(known: Known) -> float:
    traffic = known.waiting * (1.0 if known.measured else _UNMEASURED)
    return float((traffic / (known.reviewed + _GRANTED)) ** 0.5)
