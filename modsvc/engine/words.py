"""Words of normalised texts as the readers look at them, and what is written in their place.

In: text, or one word of it. Out: the word as tables have it, or the text with words written
otherwise. Where words begin and end depends on the alphabet that is looked for, and which are
written otherwise on the language: `modsvc.engine.readings`, `modsvc.engine.diacritics`.
"""

import gzip
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Final

#: Start, end, and what is written there instead.
Edit = tuple[int, int, str]

#: So many words tell what a text is.
TELLING: Final = 128

#: In letters. What is longer is no word, and would take long to look at.
LONGEST: Final = 40

_APOSTROPHES: Final = str.maketrans("’ʼ‘ʻ`", "'''''")


def plain_word(word: str) -> str:
    """`word` in lower case with one kind of apostrophe."""
    return word.lower().translate(_APOSTROPHES)


def rewritten(text: str, edits: Iterable[Edit]) -> str:
    """`text` with the edits, which must be in order and apart."""
    parts, at = [], 0
    for start, end, new in edits:
        parts += [text[at:start], new]
        at = end
    return "".join(parts) + text[at:]


def table(name: str) -> Iterator[list[str]]:
    """The rows of a packed table of this package, one at a time: whole, it would take memory."""
    with (
        files("modsvc.engine").joinpath(name).open("rb") as packed,
        gzip.open(packed, "rt", encoding="utf-8", newline="\n") as lines,
    ):
        for line in lines:
            yield line.rstrip("\n").split("\t")
