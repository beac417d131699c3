"""Some of the drawn rows in the disguises of people who evade filters.

In: the training rows, the drawn order and a share. Out: the rows with disguised
copies appended, and the order pointing at these in that share of its places. The
disguises are those of `eval.functional.evasions` that the normaliser does not take off;
labels stay what they are, harmless texts are disguised as often as others, so that a
disguise says nothing. Emoji between words and mistyped letters have no rule in the normaliser, and
missing diacritics and a text wholly in another script not always: they come up more often.
"""

from random import Random

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eval.functional.evasions import emoji, evasions_of, no_diacritics, other_script, typo
from modsvc.engine.normalise import normalise

#: Changes with what a disguised row may look like.
DISGUISE_VERSION = 4
#: The share of disguises that are another script, where the text has one to be written in.
OTHER_SCRIPT = 0.25
#: The share of the others that lose their diacritics, where they have any.
NO_DIACRITICS = 0.3
#: The share of the others with emoji.
EMOJI = 0.35
#: The share of the others that are mistyped.
TYPO = 0.6


def disguise(
    rows: pd.DataFrame, order: NDArray[np.int64], share: float, seed: int
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """`rows` longer by round(`share` × len(`order`)) copies, and `order` using each of them."""
    rng = np.random.default_rng([seed, len(order)])
    places = rng.permutation(len(order))[: round(share * len(order))]
    if not len(places):
        return rows, order
    copies = rows.iloc[order[places]].copy()
    draw = Random(seed)
    copies["text"] = [_disguised(text, draw) for text in copies["text"]]
    disguised = order.copy()
    disguised[places] = len(rows) + np.arange(len(places))
    return pd.concat([rows, copies], ignore_index=True), disguised


def _disguised(text: str, draw: Random) -> str:
    """`text` under an evasion drawn among those that the normaliser leaves some of."""
    ways = (
        (OTHER_SCRIPT, other_script),
        (NO_DIACRITICS, no_diacritics),
        (EMOJI, emoji),
        (TYPO, typo),
    )
    for share, way in ways:
        if draw.random() < share:
            disguised = way(text, draw)
            if disguised is not None and (seen_as := normalise(disguised)) != text:
                return seen_as
    seen = (normalise(found) for found in evasions_of(text, draw))
    return next((found for found in seen if found != text), text)
