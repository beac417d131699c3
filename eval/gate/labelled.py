"""Texts with labels: is the challenger worse on them, language by language?

In: predictions of both models on the same rows. Out: `Finding`s on what the policy would flag and
on the ranking beneath; of neutral texts, on false alarms alone.
"""

from collections.abc import Iterator

import numpy as np

from eval.gate.finding import ALARMS, JUDGED, Finding, Part, Untested, languages_of, p_value
from eval.groups import observe, stated_rows
from eval.metrics import (
    LOWER_IS_BETTER,
    MIN_POSITIVES,
    Observations,
    point_values,
    resampled_values,
    too_few,
)
from eval.predictions import Predictions
from eval.resampling import Resamples, interval
from modsvc.labels import LABELS, MISOGYNY


def compare_labelled(
    part: Part, champion: Predictions, challenger: Predictions, tolerance: float, resamples: int
) -> Iterator[Finding | Untested]:
    """Findings of each language, and of all; the rows must be the same, in one order."""
    stated = stated_rows(champion, MISOGYNY)
    one, other = champion.select(stated), challenger.select(stated)
    draws = Resamples.draw(one.group, resamples=resamples)
    for language, rows in languages_of(one.language):
        sides = observe(one.select(rows), MISOGYNY), observe(other.select(rows), MISOGYNY)
        wanted: tuple[str, ...] = (ALARMS,) if part == "neutral" else JUDGED
        support, positives = len(sides[0].gold), int(sides[0].gold.sum())
        # Of neutral texts there are no positives, and none are needed.
        reason = too_few(support, positives if part != "neutral" else MIN_POSITIVES)
        if reason is not None:
            yield Untested(part, language, reason)
            continue
        yield from _compared(part, language, sides, draws.select(rows), wanted, tolerance)


def _compared(
    part: Part,
    language: str,
    sides: tuple[Observations, Observations],
    draws: Resamples,
    wanted: tuple[str, ...],
    tolerance: float,
) -> Iterator[Finding]:
    points = [point_values(side, wanted) for side in sides]
    drawn = [resampled_values(side, draws) for side in sides]
    flagged = [float(side.flagged().get("review", np.zeros(1)).mean()) for side in sides]
    for metric in wanted:
        if metric not in points[0] or metric not in points[1]:
            continue
        sign = -1 if metric in LOWER_IS_BETTER else 1
        change = drawn[1][metric] - drawn[0][metric]
        gain = sign * (points[1][metric] - points[0][metric])
        yield Finding(
            part=part,
            language=language,
            metric=metric,
            support=len(sides[0].gold),
            positives=int(sides[0].gold.sum()),
            champion=points[0][metric],
            challenger=points[1][metric],
            gain=gain,
            interval=interval(change),
            p=p_value(gain, sign * change, tolerance),
            flagged=(flagged[0], flagged[1]),
        )


def harmless(neutral: Predictions | None) -> Predictions | None:
    """Nobody labelled them; for comparing two models, taking them for harmless is enough."""
    if neutral is None:
        return None
    assumed = neutral.select(np.arange(len(neutral)))
    assumed.gold[:, LABELS.index(MISOGYNY)] = 0
    return assumed
