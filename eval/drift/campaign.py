"""A campaign: hostile sentences in which an invented word stands for a real one.

In: sentences of a language and a seed. Out: a code word that the language does not have, and the
sentences with it. What share of the traffic they are is left to `eval.drift.traffic`.
"""

import random
from collections.abc import Sequence
from typing import Final

from modsvc.drift.words import words_in

#: A code word is made of two halves of real words of so many letters at least.
_LETTERS: Final = 4


def coined(rng: random.Random, lexicon: Sequence[str]) -> str:
    """A word that is not in `lexicon`, made of the beginning of one and the end of another.

    Raises ValueError when the lexicon has no two words that are long enough.
    """
    long = [word for word in lexicon if len(word) >= _LETTERS] or list(lexicon)
    known = set(lexicon)
    for _ in range(1000):
        first, last = rng.choice(long), rng.choice(long)
        word = first[: (len(first) + 1) // 2] + last[len(last) // 2 :]
        if word not in known:
            return word
    raise ValueError("no new word can be made of these: give more sentences of the language")


def smuggled(text: str, code: str) -> str:
    """The text with its longest word, or the first of several, replaced by `code`.

    The longest word is nearly always a noun, a verb or an insult, hardly ever a particle. A text
    without letters is given the code word at its end.
    """
    words = text.split()
    longest = max((word for word in words if words_in(word)), key=len, default=None)
    if longest is None:
        return f"{text} {code}"
    return " ".join(code if word == longest else word for word in words)
