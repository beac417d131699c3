"""Texts as vectors of hashed character n-grams: alike texts point the same way.

In: normalised texts. Out: unit vectors, made with numpy alone, so that the service needs no
other library. Which texts lie close is left to `modsvc.review.suggest.neighbours`.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: Dimensions; a text of 200 letters has about 400 n-grams, so few of them share a place.
WIDTH: Final = 2048
_SIZES: Final = (3, 4)
#: Letters of a text that are read: what is said further on hardly changes what it is like.
_READ: Final = 400


def vectors(texts: Sequence[str]) -> Floats:
    """Unit vectors [n, `WIDTH`]; a text without letters has the vector 0.

    Signed feature hashing (Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask
    Learning") of 3- and 4-grams, counts dampened by their square root.
    """
    found = np.zeros((len(texts), WIDTH), np.float32)
    for row, text in enumerate(texts):
        for gram, count in Counter(_grams(text)).items():
            digest = crc32(gram.encode("utf-8", "replace"))
            sign = 1.0 if digest & 1 else -1.0
            found[row, (digest >> 1) % WIDTH] += sign * count**0.5
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    found /= np.maximum(lengths, 1e-9)
    return found


def _grams(text: str) -> list[str]:
    read = f" {text[:_READ].casefold()} "
    return [read[at : at + size] for size in _SIZES for at in range(len(read) - size + 1)]
