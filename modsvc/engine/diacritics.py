"""Texts typed without their diacritics → the words as their language spells them.

In: normalised text. Out: the words to write otherwise, or none. A text in which no letter of
the Latin or Cyrillic script has a mark, where its language has such letters, was typed on a
keyboard without them or to get past a filter. Its words tell the language, by how often each
comes up there; each letter that may have lost its mark then gets it back where the letters
around it say so: the first window about it that was counted decides (a decision list, after
Yarowsky 1994, "Decision Lists for Lexical Ambiguity Resolution"). A text is left alone where
two languages are about as likely, or where its words are as good without marks as with them.

The counts are in diacritics.tsv.gz, which `python -m training.diacritic_table` makes.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modsvc.engine.words import LONGEST, TELLING, Edit, plain_word, table

#: In nats: how much likelier the words must be in their language than in the next.
LEAD: Final = 2.0

#: In nats: how much likelier the words must be in all with their marks than without. This and
#: `LEAD` were chosen on the project's own sentences (docs/experiments.md).
EVIDENCE: Final = 2.0

#: A word this rare in a language, as a natural logarithm of its share, says nothing for it.
FLOOR: Final = -11.5

#: Letters before and after the one that is looked at, in the order in which windows are asked.
#: Their lengths tell them apart. The lopsided one is for vowel harmony.
WINDOWS: Final = ((5, 5), (4, 4), (3, 3), (4, 1), (2, 2), (1, 1))

#: Stands around a word as often as the widest window needs.
EDGE: Final = "▁" * WINDOWS[0][0]

WORD: Final = re.compile(r"[^\W\d_]+(?:['’ʼ‘ʻ`][^\W\d_]+)*")

_BARE: Final = re.compile(r"[A-Za-zА-Яа-я]")
#: Letters whose marks are no characters of their own to Unicode.
_BASE_LETTERS: Final = str.maketrans(
    "ıəøłđқғңөұүәһўҳҷƏØŁĐҚҒҢӨҰҮӘҺЎҲҶ",
    "ieoldкгноууахухчEOLDКГНОУУАХУХЧ",
)


def without_diacritics(text: str) -> str:
    """`text` in base letters, as people type without their own keyboard."""
    if text.isascii():
        return text
    marked = unicodedata.normalize("NFD", text)
    plain = "".join(one for one in marked if not unicodedata.combining(one))
    return unicodedata.normalize("NFC", plain.translate(_BASE_LETTERS))


def windows(word: str, at: int) -> Iterator[str]:
    """The windows about the letter of `word` at `at`, in the order of `WINDOWS`."""
    padded, middle = EDGE + word + EDGE, at + len(EDGE)
    return (padded[middle - before : middle + after + 1] for before, after in WINDOWS)


def diacritics(text: str) -> list[Edit]:
    """The words of `text` that lost marks, in order; empty for most texts."""
    if _BARE.search(text) is None or without_diacritics(text) != text:
        return []
    found = [word for word in WORD.finditer(text) if len(word[0]) <= LONGEST]
    words = [plain_word(word[0]) for word in found]
    language = _language(words[:TELLING])
    if language is None:
        return []
    spelt = [_spelt(word, language) for word in words]
    if sum(evidence for _, evidence in spelt) < EVIDENCE:
        return []
    return [
        (*word.span(), _in_case(word[0], plain, new))
        for word, plain, (new, _) in zip(found, words, spelt, strict=True)
        if new != plain
    ]


_Shares = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class _Counts:
    """`words`: what each says for languages, in nats above `FLOOR`; `marks` by language: the
    letter that each window asks for, and how much likelier it is there than the bare one."""

    words: Mapping[str, _Shares]
    marks: Mapping[str, Mapping[str, tuple[str, float]]]


@functools.cache
def _counts() -> _Counts:
    words: dict[str, _Shares] = {}
    marks: dict[str, dict[str, tuple[str, float]]] = {}
    # Equal values are kept once: half the memory.
    share, asked = functools.cache(_share), functools.cache(_asked)
    kept: dict[_Shares, _Shares] = {}
    for key, *values in table("diacritics.tsv.gz"):
        if key:
            shares = tuple(map(share, values))
            words[key] = kept.setdefault(shares, shares)
        else:
            language, window, letter, odds = values
            marks.setdefault(language, {})[window] = asked(letter, odds)
    return _Counts(words, marks)


def _share(written: str) -> tuple[str, float]:
    language, share = written.split(":")
    return language, float(share) - FLOOR


def _asked(letter: str, odds: str) -> tuple[str, float]:
    return letter, float(odds)


def _language(words: Sequence[str]) -> str | None:
    """The language that `words` are far likelier in than in any other, if it has marks."""
    known = _counts()
    likelihood: dict[str, float] = {}
    for word in words:
        for language, share in known.words.get(word, ()):
            likelihood[language] = likelihood.get(language, 0.0) + share
    best, *others = sorted(likelihood, key=likelihood.__getitem__, reverse=True) or ("",)
    if best not in known.marks:
        return None
    second = likelihood[others[0]] if others else 0.0
    return best if likelihood[best] - second >= LEAD else None


@functools.lru_cache(1 << 14)
def _spelt(word: str, language: str) -> tuple[str, float]:
    """`word` with its marks, and how much likelier it is so than without, in nats."""
    marks = _counts().marks[language]
    letters, evidence = list(word), 0.0
    for at in range(len(word)):
        for window in windows(word, at):
            if window in marks:
                letters[at], odds = marks[window]
                evidence += odds
                break
    return "".join(letters), evidence


def _in_case(written: str, plain: str, new: str) -> str:
    """`new` in the case of `written`; what did not change stays as it was written."""
    return "".join(
        old if before == after else after.upper() if old.isupper() else after
        for old, before, after in zip(written, plain, new, strict=True)
    )
