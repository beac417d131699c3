"""Which texts are the same, and which are nearly the same.

In: normalised texts. Out: keys of exact sameness and pairs of near-duplicates,
found with MinHash over character 4-grams (Broder 1997) by the library `rensa`.
What is kept of a set of duplicates is left to `training.corpus`.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence

from rensa import RMinHash, RMinHashLSH

from modsvc.engine.normalise import EMAIL, PHONE, URL, USER

SHINGLE = 4
PERMUTATIONS = 64
BANDS = 8  # 8 bands of 8 rows: pairs of Jaccard 0.85 become candidates 93 % of the time
JACCARD = 0.85
#: Keys shorter than this have too few shingles for the estimate to mean anything.
MIN_LENGTH = 24
MIN_LENGTH_CJK = 12

_DROPPED = re.compile("|".join(re.escape(mark) for mark in (USER, URL, EMAIL, PHONE)))
_PUNCTUATION = re.compile(r"[^\w\U0001F000-\U0001FAFF\u2600-\u27BF]+|_")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def text_key(text: str) -> str:
    """Letters, digits and emoji of a normalised text in lower case, placeholders left out."""
    key = _PUNCTUATION.sub("", _DROPPED.sub("", text).removeprefix("RT ").lower())
    return key or text


def digest(key: str) -> str:
    """A short stable name of a key."""
    return hashlib.sha1(key.encode("utf-8"), usedforsecurity=False).hexdigest()[:16]


def near_duplicates(keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of indices whose keys have an estimated Jaccard similarity of at least 0.85."""
    eligible = [index for index, key in enumerate(keys) if _long_enough(key)]
    sketches = RMinHash.from_token_sets(
        [_shingles(keys[index]) for index in eligible], PERMUTATIONS, 42
    )
    index_of = RMinHashLSH(JACCARD, PERMUTATIONS, BANDS)
    index_of.insert_many(sketches)
    for position, sketch in enumerate(sketches):
        for other in index_of.query(sketch):
            if other < position and sketch.jaccard(sketches[other]) >= JACCARD:
                yield eligible[other], eligible[position]


def _long_enough(key: str) -> bool:
    return len(key) >= (MIN_LENGTH_CJK if _CJK.search(key) else MIN_LENGTH)


def _shingles(key: str) -> list[str]:
    return [key[at : at + SHINGLE] for at in range(len(key) - SHINGLE + 1)]
