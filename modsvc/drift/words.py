"""A text → the words that it is made of, as they are compared with those of the past.

In: a text as it was written. Out: its words, disguises taken off as for the model
(`modsvc.engine.normalise`), in lower case and each once. Scripts without spaces between words
give pairs of neighbouring characters instead.
"""

import re
from itertools import pairwise
from typing import Final

from modsvc.engine.normalise import normalise
from modsvc.scripts import UNSPACED

# Everything but letters, marks and apostrophes; `\W` would cut words of Indic scripts at their
# vowel signs.
_BREAK: Final = re.compile(
    r"[\s!-&(-/0-9:-@\[-`{-\u00BF\u00D7\u00F7\u2010-\u2018\u201A-\u206F\u2190-\u2BFF"
    r"\u3000-\u3004\u3006-\u303F\uFE10-\uFE4F\uFF01-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65"
    r"\u060C\u061B\u061F\u066A-\u066D\u06D4\u0589\u055A-\u055F\u0964\u0965\U0001F000-\U0001FAFF]+"
)

#: Shorter ones say nothing.
_LETTERS: Final = 2


def words_in(text: str) -> frozenset[str]:
    """The words of a text, each once; none of a text without letters."""
    found: set[str] = set()
    for part in _BREAK.split(normalise(text).casefold()):
        if UNSPACED.search(part):
            signs = [sign for sign in part if UNSPACED.match(sign)]
            found.update(map("".join, pairwise(signs)))
        elif len(word := part.strip("'\u2019")) >= _LETTERS:
            found.add(word)
    return frozenset(found)
