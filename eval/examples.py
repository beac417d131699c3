"""Where the model is most wrong, with every text masked.

In: predictions, and the corpus rows they were made from. Out: language, source, score,
length and a mask. Only made when asked for: a mask still tells the length of words.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from eval.corpus import Rows
from eval.groups import observe, stated_rows
from eval.masking import mask
from eval.predictions import Predictions
from modsvc.labels import MISOGYNY

Kind: TypeAlias = Literal["missed", "false alarm"]

PER_KIND = 3


@dataclass(frozen=True, slots=True)
class Example:
    """One masked error; `length` counts characters."""

    kind: Kind
    language: str
    source: str
    probability: float
    length: int
    masked: str


def worst_errors(predictions: Predictions, rows: Rows) -> list[dict[str, Any]]:
    """For each language the `PER_KIND` most confident misses and false alarms at review."""
    text_of = dict(zip(rows.row_id, rows.text, strict=True))
    measured = predictions.measured()
    stated = measured.select(stated_rows(measured, MISOGYNY))
    examples = []
    for language in sorted(set(stated.language)):
        chosen = stated.select(stated.language == language)
        observed = observe(chosen, MISOGYNY)
        flagged = observed.flagged()["review"]
        error = np.abs(observed.probability - observed.gold)
        kinds: dict[Kind, NDArray[np.bool_]] = {
            "missed": (observed.gold == 1) & ~flagged,
            "false alarm": (observed.gold == 0) & flagged,
        }
        for kind, wrong in kinds.items():
            positions = np.flatnonzero(wrong)
            for position in positions[np.argsort(-error[positions])][:PER_KIND]:
                text = text_of[chosen.row_id[position]]
                probability = round(float(observed.probability[position]), 3)
                source = chosen.source[position]
                examples.append(Example(kind, language, source, probability, len(text), mask(text)))
    return [asdict(example) for example in examples]
