"""Whether the parts that explain a score are those that make it.

In: an engine and flagged texts. Out: how often taking out the heaviest span lowers the
probability of misogyny more than taking out a random stretch of as many words elsewhere
(the deletion test; DeYoung et al. 2020, "ERASER", call it comprehensiveness). Finding
the spans is left to `modsvc.engine.explain`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

import numpy as np

from eval.corpus import Rows
from eval.operating_points import OperatingPoints
from eval.predict import Scorer
from eval.resampling import SEED
from modsvc.labels import LABELS, MISOGYNY
from modsvc.types import Content, Score, Span

#: Random stretches that each span is compared with.
DRAWS: Final = 5
_BATCH: Final = 64
_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """`texts` had a span and room for another stretch; `faithful` counts won comparisons.

    `fall` and `random_fall` are mean falls of the probability; `unexplained` texts had no span.
    """

    texts: int
    comparisons: int
    faithful: int
    fall: float
    random_fall: float
    unexplained: int

    @property
    def share(self) -> float:
        """Share of the comparisons that the span won."""
        return self.faithful / self.comparisons if self.comparisons else float("nan")


def draw_flagged(engine: Scorer, rows: Rows, most: int) -> list[Content]:
    """At most `most` misogynous rows, drawn at random, that the model flags."""
    points = OperatingPoints.of(engine.artifact.calibration.operating_points)
    flagged: list[Content] = []
    order = np.random.default_rng(SEED).permutation(
        np.flatnonzero(rows.gold[:, LABELS.index(MISOGYNY)] == 1)
    )
    for start in range(0, len(order), _BATCH):
        places = order[start : start + _BATCH]
        contents = [Content(rows.text[at], language=rows.language[at]) for at in places]
        for content, score, at in zip(contents, engine.score(contents), places, strict=True):
            if points.flags(score, rows.language[at]):
                flagged.append(content)
        if len(flagged) >= most:
            break
    return flagged[:most]


def measure_faithfulness(engine: Scorer, flagged: Sequence[Content]) -> Faithfulness:
    """The deletion test on contents that should all be flagged."""
    asked = [replace(content, explain=True) for content in flagged]
    falls: list[tuple[float, list[float]]] = []
    unexplained = 0
    for content, score in zip(asked, engine.score(asked), strict=True):
        if not score.spans:
            unexplained += 1
            continue
        if found := _falls(engine, content, score, score.spans, Random(f"{SEED} {content.text}")):
            falls.append(found)
    comparisons = [(fall, other) for fall, others in falls for other in others]
    return Faithfulness(
        texts=len(falls),
        comparisons=len(comparisons),
        faithful=sum(fall > other for fall, other in comparisons),
        fall=_mean([fall for fall, _ in falls]),
        random_fall=_mean([other for _, other in comparisons]),
        unexplained=unexplained,
    )


def _falls(
    engine: Scorer, content: Content, score: Score, spans: Sequence[Span], rng: Random
) -> tuple[float, list[float]] | None:
    """The fall without the heaviest span, and without random stretches of as many words."""
    top = spans[0]
    words = [match.span() for match in _WORD.finditer(content.text)]
    inside = [at for at, (start, end) in enumerate(words) if start < top.end and end > top.start]
    starts = [
        at
        for at in range(len(words) - len(inside) + 1)
        if at + len(inside) <= inside[0] or at > inside[-1]
    ]
    if not starts:
        return None
    chosen = [rng.choice(starts) for _ in range(DRAWS)]
    ranges = [
        (top.start, top.end),
        *((words[at][0], words[at + len(inside) - 1][1]) for at in chosen),
    ]
    language = score.language.code
    without = [
        Content(content.text[:start] + content.text[end:], language=language)
        for start, end in ranges
    ]
    fall, *others = (score.probability - one.probability for one in engine.score(without))
    return fall, others


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
