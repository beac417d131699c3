"""The script a text is written in, where a language is often typed in Latin letters.

In: a text and its language. Out: a BCP-47 tag. Detecting the language itself is
left to the engine.
"""

import re

USUAL_LETTERS = {
    "bn": re.compile(r"[\u0980-\u09ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "ml": re.compile(r"[\u0d00-\u0d7f]"),
    "ta": re.compile(r"[\u0b80-\u0bff]"),
}


def with_script(text: str, language: str) -> str:
    """`language`, with `-Latn` appended if the text has no letter of its usual script.

    Languages whose usual script is Latin (or is not listed) come back unchanged.
    """
    usual = USUAL_LETTERS.get(language)
    return language if usual is None or usual.search(text) else f"{language}-Latn"
