"""The script a text is written in, where a language is often typed in Latin letters.

In: a text and the language its source gives. Out: a BCP-47 tag. Detecting other
languages is left to the engine.
"""

import re

#: Languages of the sources that are known by their letters.
LETTERS = {
    "bn": re.compile(r"[\u0980-\u09ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "ml": re.compile(r"[\u0d00-\u0d7f]"),
    "ta": re.compile(r"[\u0b80-\u0bff]"),
}
LATIN = re.compile(r"[A-Za-z]")


def with_script(text: str, language: str) -> str:
    """`language` as its letters say: itself, one of the other listed ones, or `-Latn`.

    A text with letters of its usual script keeps the tag, whatever else it has; a
    Bangla line in a Hindi file is `bn`; Latin letters alone give `hi-Latn`. Text
    without letters keeps the tag, and so does every language that is not listed.
    """
    if language not in LETTERS:
        return language
    for name in (language, *LETTERS):
        if LETTERS[name].search(text):
            return name
    return f"{language}-Latn" if LATIN.search(text) else language
