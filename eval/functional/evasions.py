"""Ways in which people hide a text from a filter while others can still read it.

In: a text and a random generator. Out: the disguised
text, or None where the way does not apply (no Latin letters to swap, no diacritics
to drop). The functional suites are run under each of them, and training mixes some
in. The list follows the spelling variations of HateCheck (Röttger et al. 2021) and
the practice of the languages served here.
"""

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from modsvc.engine.diacritics import without_diacritics

Evasion = Callable[[str, Random], str | None]

_LEET: Final = str.maketrans("aeiostAEIOSTаеоАЕО", "431057431057430430")
_LOOKALIKES: Final = dict(zip("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ", strict=True))
_TO_LATIN: Final = {cyrillic: latin for latin, cyrillic in _LOOKALIKES.items()}
_EMOJI: Final = ("😂", "🙄", "😉", "🔥", "💀", "🤡")
_LETTER_EMOJI: Final = str.maketrans(dict(zip("oOоОxх", "⭕⭕⭕⭕❌❌", strict=True)))
_CYRILLIC: Final = (
    "абвгдезийклмнопрстуфхцыэғқңөұүіәһҳҷӣӯ",
    "abvgdeziyklmnoprstufxcyegqnouuiahhjiu",
)
_TRANSLITERATE: Final = {
    **dict(zip(*_CYRILLIC, strict=True)),
    "ё": "yo",
    "ж": "zh",
    "ч": "ch",
    "ш": "sh",
    "щ": "sh",
    "ъ": "",
    "ь": "",
    "ю": "yu",
    "я": "ya",
    "ў": "o'",
}
_WORD: Final = re.compile(r"[^\W\d_]{4,}")


def leet(text: str, rng: Random) -> str | None:
    """Digits for letters, in half of the longer words and at least one."""
    return _in_some_words(text, rng, lambda word: word.translate(_LEET))


def homoglyph(text: str, rng: Random) -> str | None:
    """Cyrillic letters that look like Latin ones, or the reverse."""
    swap = {**_LOOKALIKES, **_TO_LATIN}
    return _in_some_words(text, rng, lambda word: "".join(swap.get(c, c) for c in word))


def zero_width(text: str, rng: Random) -> str | None:
    """An invisible space inside the longer words."""
    return _in_some_words(text, rng, lambda word: f"{word[:2]}\u200b{word[2:]}")


def stretched(text: str, rng: Random) -> str | None:
    """One letter of a word several times."""

    def stretch(word: str) -> str:
        at = rng.randrange(1, len(word))
        return word[:at] + word[at] * rng.randint(3, 6) + word[at + 1 :]

    return _in_some_words(text, rng, stretch)


def spaced(text: str, rng: Random) -> str | None:
    """A blank between all letters of a word."""
    return _in_some_words(text, rng, " ".join)


def split(text: str, rng: Random) -> str | None:
    """Dots, hyphens or stars inside words."""
    mark = rng.choice(".-*_")
    return _in_some_words(text, rng, mark.join)


def no_diacritics(text: str, rng: Random) -> str | None:
    """Base letters only, as people type without their own keyboard."""
    return _if_changed(without_diacritics(text), text)


def other_script(text: str, rng: Random) -> str | None:
    """Cyrillic written in Latin letters, the way chats do."""
    latin = "".join(_latin(c) for c in text)
    return _if_changed(latin, text)


def emoji(text: str, rng: Random) -> str | None:
    """Emoji for round letters and between words."""
    words = text.translate(_LETTER_EMOJI).split(" ") if rng.random() < 0.5 else text.split(" ")
    if len(words) > 1:
        words.insert(rng.randrange(1, len(words)), rng.choice(_EMOJI))
    return _if_changed(" ".join(words), text)


def typo(text: str, rng: Random) -> str | None:
    """One letter of a longer word left out, doubled, swapped with the next or another one.

    The edits of DeepWordBug (Gao et al. 2018, "Black-box Generation of Adversarial Text
    Sequences"), made blindly.
    """
    letters = [letter for letter in text if letter.isalpha()]
    return _in_some_words(text, rng, lambda word: _mistyped(word, letters, rng))


EVASIONS: Final[dict[str, Evasion]] = {
    "leet": leet,
    "homoglyph": homoglyph,
    "zero_width": zero_width,
    "stretched": stretched,
    "spaced": spaced,
    "split": split,
    "no_diacritics": no_diacritics,
    "other_script": other_script,
    "emoji": emoji,
    "typo": typo,
}


def evasions_of(text: str, rng: Random) -> Iterator[str]:
    """`text` under each evasion that changes it, in random order."""
    ways = list(EVASIONS.values())
    rng.shuffle(ways)
    return (found for way in ways if (found := way(text, rng)) is not None)


def _in_some_words(text: str, rng: Random, change: Callable[[str], str]) -> str | None:
    """Change about half of the words of four letters and more, and at least one of them."""
    words = list(_WORD.finditer(text))
    chosen = {at for at in range(len(words)) if rng.random() < 0.5}
    if words and not chosen:
        chosen = {rng.randrange(len(words))}
    parts, end = [], 0
    for at, word in enumerate(words):
        parts += [text[end : word.start()], change(word[0]) if at in chosen else word[0]]
        end = word.end()
    return _if_changed("".join(parts) + text[end:], text)


def _mistyped(word: str, letters: list[str], rng: Random) -> str:
    """The first letter stays: people read a word by it."""
    at = rng.randrange(1, len(word) - 1)
    start, letter, after, end = word[:at], word[at], word[at + 1], word[at + 2 :]
    ways = [
        start + after + end,
        start + letter * 2 + after + end,
        start + after + letter + end,
        start + rng.choice(letters) + after + end,
        start + letter + " " + after + end,
    ]
    return rng.choice([way for way in ways if way != word])


def _latin(character: str) -> str:
    found = _TRANSLITERATE.get(character.lower())
    if found is None:
        return character
    return found.capitalize() if character.isupper() else found


def _if_changed(new: str, old: str) -> str | None:
    return new if new != old else None
