"""Which texts mention women at all, by everyday words.

In: texts and their languages. Out: one boolean a text. The words are in
`women_terms.yaml`: neutral nouns and titles only, so that a false alarm on a harmless
sentence about women can be counted. Judging the sentence is left to the model.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

WOMEN_TERMS = Path(__file__).parent / "women_terms.yaml"


@cache
def load_terms() -> dict[str, re.Pattern[str]]:
    """One pattern a language. A `*` at an end of a term stands for any further letters."""
    terms: dict[str, list[str]] = yaml.safe_load(WOMEN_TERMS.read_text("utf-8"))["terms"]
    return {
        language: re.compile("|".join(_pattern(word) for word in words), re.IGNORECASE)
        for language, words in terms.items()
    }


def mentions_women(texts: Iterable[str], languages: Iterable[str]) -> NDArray[np.bool_]:
    """Shape [n]; false for a language without a list (its base language is tried first)."""
    patterns = load_terms()

    def found(text: str, language: str) -> bool:
        pattern = patterns.get(language) or patterns.get(language.split("-", 1)[0])
        return pattern is not None and pattern.search(text) is not None

    pairs = zip(texts, languages, strict=True)
    return np.array([found(text, language) for text, language in pairs], dtype=bool)


def _pattern(word: str) -> str:
    body = re.escape(word.strip("*"))
    left = "" if word.startswith("*") else r"(?<!\w)"
    right = "" if word.endswith("*") else r"(?!\w)"
    return f"{left}{body}{right}"
