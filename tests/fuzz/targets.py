"""What must hold of each part that reads texts, whatever text it is given.

In: a text of any characters, lone surrogates included. Out: nothing, or the AssertionError of a
promise that is broken. Parts that need a model are in `tests.fuzz.windows`, bodies in
`tests.fuzz.bodies`, and how long all of it takes in `tests.fuzz.linear`.
"""

import functools
import re
import unicodedata
from itertools import pairwise
from typing import Final

from modsvc.api.dialects.perspective.sentences import sentences
from modsvc.api.score import utf16_length
from modsvc.engine.alignment import align
from modsvc.engine.diacritics import without_diacritics
from modsvc.engine.language import LanguageDetector, normalise_tag
from modsvc.engine.normalise import EMAIL, PHONE, URL, USER, forms, has_letters, normalise
from modsvc.engine.unmask import UNMASKING
from modsvc.errors import InputError

#: What one character becomes at most: U+FDFA is a phrase of eighteen.
MOST_GROWTH: Final = 18

_SPACE: Final = re.compile(r"[^\S ]|  ")
_CYRILLIC: Final = re.compile(r"[\u0400-\u04FF]")
_CODE: Final = re.compile(r"[a-z]{2,3}")

#: What stands in a normal form for something else that was written.
_STAND_INS: Final = frozenset(
    USER + URL + EMAIL + PHONE + "\ufffd "
    "oieastx" + "aceopxyijshABCEHIJKMOPSTXY" + "асеорхуіјѕһАВСЕНІЈКМОРЅТХУ"
)  # fmt: skip


def normaliser(text: str) -> None:
    """The normal form is one: of itself too, of compatibility, without what cannot be sent."""
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFKC", once)
    assert once == once.strip()
    assert not _SPACE.search(once)
    once.encode()
    assert len(once) <= MOST_GROWTH * len(text)


def unmasking(text: str) -> None:
    """Each step only takes away, or reads a letter where a letter, digit or sign was."""
    for pattern, replacement in UNMASKING:
        read = pattern.sub(replacement, text)
        assert len(read) <= len(text)
        assert has_letters(read) == has_letters(text)
        assert all(one.isalpha() for one in set(read) - set(text))
        text = read


def alignment(text: str) -> None:
    """Every character of the normal form has its place in the text as it was written."""
    aligned = align(text)
    assert aligned.text == normalise(text)
    # Words that are read otherwise in the company of others may stay as they are alone.
    read = len(forms(text)) > 1
    assert len(aligned.ranges) == len(aligned.text)
    assert all(0 <= start < end <= len(text) for start, end in aligned.ranges)
    for before, after in pairwise(aligned.ranges):
        assert before[0] <= after[0]
        assert before[1] <= after[1]
    for letter, place in zip(aligned.text, aligned.ranges, strict=True):
        known = _readings(text[slice(*place)])
        assert letter in known or (
            read and (_CYRILLIC.match(letter) or without_diacritics(letter) in known)
        )
    if aligned.text:
        whole = aligned.original(0, len(aligned.text))
        assert whole == (aligned.ranges[0][0], aligned.ranges[-1][1])


def detector(text: str) -> None:
    """There is always a language, one with a code, and it is as sure as a probability can be."""
    seen = normalise(text)
    for parent in (None, seen):
        found = _detector().detect(seen, None, parent)
        assert 0.0 <= found.confidence <= 1.0
        assert _CODE.fullmatch(found.code)
        assert (found.source == "none") == (found.code == "und")
    declared = _detector().detect(seen, "ur-Latn")
    assert declared.code == ("und" if found.source == "none" else "ur-Latn")


def tag(text: str) -> None:
    """A tag is understood and then stays as it is, or is refused by InputError."""
    try:
        found = normalise_tag(text)
    except InputError:
        return
    assert found is None or (found.isascii() and normalise_tag(found) == found)


def parts(text: str) -> None:
    """Sentences cover a text without gaps, in UTF-16 as its sender counts."""
    for most in (1, 3, 128):
        found = sentences(text, most)
        assert "".join(one.text for one in found) == text
        assert len(found) <= most
        places = [0, *(one.end for one in found)]
        assert [one.begin for one in found] == places[:-1]
        assert places == [0] + [
            place + utf16_length(one.text) for place, one in zip(places, found, strict=False)
        ]
        assert places[-1] == len(text.encode("utf-16-le", "surrogatepass")) // 2


def _readings(written: str) -> frozenset[str]:
    """The characters that a part of a text may have become."""
    plain = unicodedata.normalize("NFKC", written)
    return frozenset(plain + normalise(written)) | _STAND_INS


@functools.cache
def _detector() -> LanguageDetector:
    return LanguageDetector()
