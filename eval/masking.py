"""Texts made unreadable, for showing where a model errs without showing what was written.

In: a text. Out: one bar a letter, and the first letter of the longer words. What is
shown beside it (language, length, score) is left to the caller.
"""

import re
from typing import Final

BAR: Final = "▇"
#: Short words are masked whole: first letters of spaced-out words would spell them.
MIN_WORD: Final = 4
MAX_BARS: Final = 8
MAX_WORDS: Final = 24

_WORD = re.compile(r"\w+")


def mask(text: str) -> str:
    """At most `MAX_WORDS` words, none of them readable; digits and signs are masked too."""
    words = [_mask_word(chunk) for chunk in text.split()]
    shown = " ".join(words[:MAX_WORDS])
    return f"{shown} …" if len(words) > MAX_WORDS else shown


def _mask_word(chunk: str) -> str:
    word = _WORD.match(chunk)
    shown = word is not None and len(word.group()) >= MIN_WORD and chunk[0].isalpha()
    return (chunk[0] if shown else BAR) + BAR * (min(len(chunk), MAX_BARS) - 1)
