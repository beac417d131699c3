"""Text → 256 bits that are alike for texts that are: a SimHash of its character trigrams.

In: a text as the model reads it. Out: 32 bytes, of which nothing can be read back, and how many
bits two of them differ in. The projection is random and made anew by every process, so that
nobody can look for texts that evade it, and no sketch means anything elsewhere.

The method is Charikar's (STOC 2002): each trigram has a random direction, and the sketch is the
signs of their sum. Two texts whose trigram counts have the cosine c differ in about
256 · arccos(c) / π bits.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

BITS: Final = 256
WORDS: Final = BITS // 64

#: What comes after so many characters does not count: sketching has to stay cheap.
LONGEST: Final = 2_048

_GRAM: Final = 3
_ROW_BITS: Final = 12
#: Odd numbers, so that every character of a trigram moves the upper bits.
_FACTORS: Final = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)


class Sketcher:
    """Makes sketches that can be compared with one another, and with no others."""

    def __init__(self, random: np.random.Generator | None = None) -> None:
        chance = np.random.default_rng() if random is None else random
        self._directions: NDArray[np.int8] = chance.integers(
            0, 2, size=(1 << _ROW_BITS, BITS), dtype=np.int8
        )
        self._directions *= 2
        self._directions -= 1
        self._salt = chance.integers(0, 1 << 63, size=1, dtype=np.uint64)

    def sketch(self, text: str) -> NDArray[np.uint64]:
        """The sketch of a text of three characters or more; letter case does not count."""
        raw = text[:LONGEST].casefold().encode("utf-32-le", "surrogatepass")
        codes = np.frombuffer(raw, np.uint32).astype(np.uint64)
        grams = np.full(len(codes) - _GRAM + 1, self._salt, np.uint64)
        for place, factor in enumerate(_FACTORS):
            grams += codes[place : len(grams) + place] * np.uint64(factor)
        grams ^= grams >> np.uint64(29)
        grams *= np.uint64(_FACTORS[1])
        sums = self._directions[grams >> np.uint64(64 - _ROW_BITS)].sum(axis=0, dtype=np.int32)
        bits: NDArray[np.uint8] = np.packbits(sums > 0)
        return bits.view(np.uint64)


def distances(known: NDArray[np.uint64], one: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """In how many bits each column of `known` (words × texts) differs from `one`."""
    apart: NDArray[np.uint16] = np.bitwise_count(known ^ one[:, None]).sum(axis=0, dtype=np.uint16)
    return apart
