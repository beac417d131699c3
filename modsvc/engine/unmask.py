"""Words that were disguised to get past a filter → the words as they are read.

In: text in the plain normal form. Out: steps in the manner of `modsvc.engine.normalise`
that take back what has one reading: letters spaced or split apart, digits, signs and
emoji inside words for letters, letters of another script that look the same, and
stretched letters. What is ambiguous (stars for missing letters) is left to the model,
which trains on such texts; another script for the whole text, and marks that are missing in
all of it, are left to `modsvc.engine.readings`.
"""

import re
from collections.abc import Callable
from typing import Final

Replacement = str | Callable[[re.Match[str]], str]

_LATIN_SPANS: Final = r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02AF\u1E00-\u1EFF"
_CYRILLIC_SPANS: Final = r"\u0400-\u0481\u048A-\u052F"
_LATIN: Final = f"[{_LATIN_SPANS}]"
_CYRILLIC: Final = f"[{_CYRILLIC_SPANS}]"
#: Letters of alphabets, which no word of several letters is written apart in, and nothing else
#: that stands among them: signs, marks, and places that Unicode has left free.
_LETTER: Final = (
    rf"[{_LATIN_SPANS}{_CYRILLIC_SPANS}"
    r"\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1"
    r"\u03A3-\u03F5\u03F7-\u03FF\u0531-\u0556\u0561-\u0587\u10D0-\u10FA\u10FC-\u10FF"
    r"\u05D0-\u05EA\u0620-\u064A\u066E\u066F\u0671-\u06D3]"
)
_ANY_LETTER: Final = r"[^\W\d_]"
_START, _END = r"(?<![^\W_])", r"(?![^\W_])"

_LEET_DIGIT: Final = "[013457]"

_SPACED: Final = re.compile(rf"{_START}{_LETTER}(?: (?:{_LETTER}|{_LEET_DIGIT})){{3,}}{_END}")
_SPLIT: Final = re.compile(
    rf"{_START}{_ANY_LETTER}([.*_·•|+-])"
    rf"(?:{_ANY_LETTER}|{_LEET_DIGIT})(?:\1(?:{_ANY_LETTER}|{_LEET_DIGIT})){{2,}}{_END}"
)
_EMOJI: Final = re.compile(rf"(?<={_LETTER})[⭕❌]+(?={_LETTER})")
_SIGN: Final = re.compile(r"(?<=[A-Za-z])(?:[@$]|(?<=a)\$\$)(?=[A-Za-z])")
_LEET: Final = re.compile(r"(?<![^\W_])[^\W_]*?[^\W\d_]\d{1,2}[^\W\d_][^\W_]*")
_MIXED: Final = re.compile(
    rf"(?<![^\W\d_])[^\W\d_]*(?:{_LATIN}{_CYRILLIC}|{_CYRILLIC}{_LATIN})[^\W\d_]*"
)
_STRETCHED: Final = re.compile(rf"({_LETTER})\1\1+")

_EMOJI_LETTERS: Final = str.maketrans("⭕❌", "ox")
_SIGN_LETTERS: Final = str.maketrans("@$", "as")
_DIGITS_LATIN: Final = str.maketrans("013457", "oieast")
_DIGITS_CYRILLIC: Final = str.maketrans("034", "оеа")
_ALIKE: Final = (
    "aceopxyijshABCEHIJKMOPSTXY",
    "асеорхуіјѕһАВСЕНІЈКМОРЅТХУ",
)
_TO_CYRILLIC: Final = str.maketrans(*_ALIKE)
_TO_LATIN: Final = str.maketrans(*reversed(_ALIKE))
_ALL_LATIN: Final = re.compile(rf"{_LATIN}+")
_ALL_CYRILLIC: Final = re.compile(rf"{_CYRILLIC}+")


def _joined(found: re.Match[str]) -> str:
    """The characters without what stands between them, where most are letters."""
    characters = found[0][::2]
    letters = sum(map(str.isalpha, characters))
    return characters if 2 * letters > len(characters) else found[0]


def _letters_of_leet(found: re.Match[str]) -> str:
    """Letters for digits, where a digit stands between letters and every digit has a letter.

    So "mp3", "covid19" and "b2b" stay as they are.
    """
    word = found[0]
    table = _DIGITS_CYRILLIC if re.search(_CYRILLIC, word) else _DIGITS_LATIN
    new = word.translate(table)
    return word if any(character.isdigit() for character in new) else new


def _one_script(found: re.Match[str]) -> str:
    """The word in a script that all its letters can be read in; of two, the one it has more of."""
    word = found[0]
    latin, cyrillic = word.translate(_TO_LATIN), word.translate(_TO_CYRILLIC)
    readings = [
        one
        for one, pattern in ((latin, _ALL_LATIN), (cyrillic, _ALL_CYRILLIC))
        if pattern.fullmatch(one)
    ]
    return max(readings, key=lambda one: sum(map(str.__eq__, one, word)), default=word)


def _unstretched(found: re.Match[str]) -> str:
    """One letter, where it is part of a longer word: "xxx" and "VIII" stay as they are."""
    text, (start, end) = found.string, found.span()
    beside = text[start - 1 : start].isalpha() or text[end : end + 1].isalpha()
    return found[1] if beside and found[1] != "I" else found[0]


#: In order: a pattern and what replaces it.
UNMASKING: Final[tuple[tuple[re.Pattern[str], Replacement], ...]] = (
    (_EMOJI, lambda found: found[0].translate(_EMOJI_LETTERS)),
    (_SIGN, lambda found: found[0].translate(_SIGN_LETTERS)),
    (_SPLIT, _joined),
    (_SPACED, _joined),
    (_LEET, _letters_of_leet),
    (_MIXED, _one_script),
    (_STRETCHED, _unstretched),
)
