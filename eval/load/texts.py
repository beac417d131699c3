"""Texts to send: authored sentences, each one a text of its own, and some that are pasted again.

In: a file of sentences, `neutral` and `abusive`, by language; the bench's own by default. Out: an
endless stream, the same in every run. What a model makes of them is measured, not assumed.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from eval.bench.texts import POOL_FILE

__all__ = ["POOL_FILE", "stream"]

ABUSIVE_SHARE: Final = 0.1

#: Of the abusive ones, as in a pile-on: word for word what was sent before.
PASTED_SHARE: Final = 0.2


def stream(file: Path, seed: int) -> Iterator[str]:
    """Texts without end."""
    pool = yaml.safe_load(file.read_text(encoding="utf-8"))
    neutral, abusive = (
        [sentence for sentences in pool[kind].values() for sentence in sentences]
        for kind in ("neutral", "abusive")
    )
    chance, number = random.Random(seed), 0
    while True:
        number += 1
        if chance.random() >= ABUSIVE_SHARE:
            yield f"{chance.choice(neutral)} {number}"
        elif chance.random() < PASTED_SHARE:
            yield chance.choice(abusive)
        else:
            yield f"{chance.choice(abusive)} {number}"
