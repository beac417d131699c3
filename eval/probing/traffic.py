"""Ordinary traffic: what a forum's key sends in ten minutes, from harmless sentences.

In: the sentences that the project wrote (`training/authored`). Out: texts in the order in which
they come, with what people do to them: copies, retries, corrections after posting, the same with
a greeting in front or somebody's name.
"""

import random
from collections.abc import Iterator
from typing import Final

from training.converters.authored import records

#: Of so many texts, this share is ...
COPIED: Final = 0.10
RETRIED: Final = 0.03
CORRECTED: Final = 0.04
ADDRESSED: Final = 0.05

_NAMES: Final = ("Ada", "Ben", "Cleo", "Dina", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jun")
_SHORT: Final = ("thanks!", "ok", "lol", "good morning everyone", "so true", "+1", "see you there")
_SHORT_SHARE: Final = 0.10


def harmless() -> list[str]:
    """Texts that are neither misogynous nor otherwise toxic, each once, in a fixed order."""
    fine = (row for row in records() if not row["misogyny"] and not row["toxic_other"])
    return list(dict.fromkeys(row["text"] for row in fine))


def stream(texts: list[str], count: int, seed: int) -> Iterator[str]:
    """`count` texts as they come; the same for the same seed."""
    chance = random.Random(seed)
    left = texts[:]
    chance.shuffle(left)
    sent: list[str] = []
    popular = [chance.choice(texts) for _ in range(5)]
    for _ in range(count):
        drawn, text = chance.random(), ""
        for share, make in (
            (COPIED, lambda: chance.choice(popular)),
            (_SHORT_SHARE, lambda: chance.choice(_SHORT)),
            (RETRIED, lambda: sent[-1] if sent else popular[0]),
            (CORRECTED, lambda: _corrected(chance, chance.choice(sent[-50:] or popular))),
            (
                ADDRESSED,
                lambda: f"{chance.choice(_NAMES)}, {chance.choice(sent[-200:] or popular)}",
            ),
        ):
            if drawn < share:
                text = make()
                break
            drawn -= share
        else:
            text = left.pop() if left else chance.choice(texts)
        sent.append(text)
        yield text


def _corrected(chance: random.Random, text: str) -> str:
    """The same with a letter more or less, or a word more."""
    place = chance.randrange(len(text))
    return chance.choice(
        (
            text[:place] + text[place + 1 :],
            text[:place] + chance.choice("aeinrst") + text[place:],
            f"{text} Edit: typo.",
        )
    )
