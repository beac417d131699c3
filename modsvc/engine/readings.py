"""Texts in letters that are not their own → the words to write otherwise.

In: normalised text. Out: the words to write otherwise, or none. A text is read as Russian,
Ukrainian, Kazakh, Kyrgyz or Tajik where the pieces of a unigram model make that far
likelier, letter for letter, than any language written in Latin letters; words that are
likelier as they stand stay. Text that is mostly in another script is left alone, and so is
Uzbek, whose usual letters are Latin. How likely words are is left to `modsvc.engine.pieces`,
texts that only lost their marks to `modsvc.engine.diacritics`.
"""

import re
from itertools import islice
from typing import Final

from modsvc.engine.diacritics import diacritics
from modsvc.engine.pieces import ANY, alphabets, as_cyrillic, as_latin
from modsvc.engine.words import LONGEST, TELLING, Edit, plain_word, rewritten

#: In nats for a letter: how much likelier a text must be in Cyrillic. Chosen on the project's
#: own sentences (docs/experiments.md).
MARGIN: Final = 0.25

#: In nats: how much more in all, so that a word or two are not enough on slight evidence.
HURDLE: Final = 6.0

#: In nats for a letter: a reading less likely than this is of a language that the pieces know
#: in neither script, such as K'iche'.
PLAUSIBLE: Final = -2.6

#: In nats: how much likelier a word must be as it stands to stay so in a text that is read.
KEPT: Final = 6.0

#: Text that is this unlikely in Latin letters, in nats for a letter, is looked at further.
UNLIKELY: Final = -1.9

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]*)*")
_LATIN: Final = re.compile(r"[A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F]")
_OTHER: Final = re.compile(r"[^\W\d_A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F]")
_LANGUAGES: Final = tuple(alphabets())


def readings(text: str) -> list[Edit]:
    """The words of `text` to read otherwise, in order; empty for most texts."""
    if edits := _in_cyrillic(text):
        return edits
    edits = diacritics(text)
    # A text is read in one way, however often.
    return [] if edits and _in_cyrillic(rewritten(text, edits)) else edits


def _in_cyrillic(text: str) -> list[Edit]:
    """The words of `text` that are to be read in Cyrillic."""
    if not _mostly_latin(text):
        return []
    words = [
        word
        for word in _WORD.finditer(text)
        if word.end() - word.start() <= LONGEST and _LATIN.search(word[0])
    ]
    language = _language([plain_word(word[0]) for word in islice(words, TELLING)])
    if language is None:
        return []
    edits = [(*word.span(), new) for word in words if (new := _read(word[0], language)) != word[0]]
    # What is left to be read again would be read otherwise the second time.
    return [] if _mostly_latin(rewritten(text, edits)) else edits


def _mostly_latin(text: str) -> bool:
    """Two letters of three or more, so that what was read once is not read again."""
    if _LATIN.search(text) is None:
        return False
    return len(_LATIN.findall(text)) >= 2 * len(_OTHER.findall(text))


def _language(words: list[str]) -> str | None:
    """The language in whose letters `words` are far likelier than in Latin ones, if any."""
    letters = sum(len(word) + 1 for word in words)
    standing = sum(map(as_latin, words))
    if standing >= UNLIKELY * letters:
        return None
    least = max(standing + MARGIN * letters + HURDLE, PLAUSIBLE * letters)
    best = None
    # Most texts are too unlikely in any language, which is asked for once instead of for each.
    if _likelihood(words, ANY, least) < least:
        return None
    for language in _LANGUAGES:
        likelihood = _likelihood(words, language, least)
        if likelihood > least:
            best, least = language, likelihood
    return best


def _likelihood(words: list[str], language: str, least: float) -> float:
    """Of `words` in `language`, in nats; of the first of them once these are below `least`.

    No word makes a text likelier, and most texts are out after a few.
    """
    likelihood = 0.0
    for word in words:
        likelihood += as_cyrillic(word, language)[0]
        if likelihood < least:
            break
    return likelihood


def _read(word: str, language: str) -> str:
    plain = plain_word(word)
    likelihood, new = as_cyrillic(plain, language)
    if as_latin(plain) - likelihood > KEPT or _LATIN.search(new):
        return word
    return new.upper() if word.isupper() and len(word) > 1 else _as_begun(word, new)


def _as_begun(word: str, new: str) -> str:
    return new[:1].upper() + new[1:] if word[0].isupper() else new
