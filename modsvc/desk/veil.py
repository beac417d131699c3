"""A text as pieces that can be shown with and without its strong words.

In: a text, what its score comes from, and its strong words, all in code points. Out: the text in
order, cut where either begins or ends; each strong piece also with its first and last letters
alone. Which words are strong is left to `modsvc.desk.strong`; blurring, and what is shown when, to
`texts.html`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

#: Stands for each letter that is not shown.
DOT: Final = "•"

_WORD: Final = re.compile(r"\S+")

#: From where to where (exclusive), in code points.
Range = tuple[int, int]


class Piece(NamedTuple):
    """A part of a text; `masked` is None where nothing has to be hidden."""

    text: str
    masked: str | None
    marked: bool


def places(spans: Sequence[Mapping[str, Any]] | None) -> list[Range]:
    """Where the spans of a stored decision are."""
    return [(span["start"], span["end"]) for span in spans or ()]


def pieces(text: str, marked: Iterable[Range] = (), strong: Iterable[Range] = ()) -> list[Piece]:
    """All of `text`, cut at the ends of these ranges; those beyond its end are cut short."""
    marks, hides = list(marked), list(strong)
    ends = {0, len(text), *(end for one in (*marks, *hides) for end in one)}
    borders = sorted(end for end in ends if 0 <= end <= len(text))
    cut = []
    for start, end in pairwise(borders):
        part = text[start:end]
        masked = mask(part) if _covers(hides, start, end) else None
        cut.append(Piece(part, masked, _covers(marks, start, end)))
    return cut


def mask(text: str) -> str:
    """Each word with its first and last letters alone; of two letters or one, the first."""
    return _WORD.sub(lambda word: _mask(_letters(word[0])), text)


def _mask(letters: list[str]) -> str:
    if len(letters) <= 2:
        return letters[0] + DOT * (len(letters) - 1)
    return letters[0] + DOT * (len(letters) - 2) + letters[-1]


def _letters(word: str) -> list[str]:
    """Characters, each with the marks that belong to it."""
    letters: list[str] = []
    for character in word:
        if letters and unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf"):
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def _covers(ranges: Sequence[Range], start: int, end: int) -> bool:
    return any(first <= start and end <= last for first, last in ranges)
