"""Values, one after another → whether they have moved away from the past, and where to.

In: what the values of the past were like, then the values since. Out: a `Move` when they are
other ones. The detector is river's Page-Hinkley test (Page 1954), on values in units of the
past's standard deviation: so one threshold does for signals of every kind. What is watched is
left to `modsvc.drift.watch` and `modsvc.drift.novelty`.
"""

from collections import deque
from collections.abc import Iterable
from itertools import repeat
from statistics import fmean, pstdev
from typing import Final, Literal

from river.drift import PageHinkley

from modsvc.drift.signals import Move

Direction = Literal["up", "both"]

#: Moves by less than so many standard deviations are none, and so much of the rest has to add up.
#: Both are chosen by `python -m eval drift-delay` (docs/drift.md).
SLACK: Final = 0.25
THRESHOLD: Final = 20.0

#: The mean of so many values is told as what they are now.
_LATEST: Final = 100

#: The past counts as so many values in the mean that a test keeps.
_PAST: Final = 1_000

#: A smaller deviation is none to rely on: rare values would be huge in its units.
_LEAST: Final = 0.1


class Detector:
    """Watches one row of values. `mean` and `deviation` are the past's."""

    def __init__(self, mean: float, deviation: float, direction: Direction) -> None:
        self._mean = mean
        self._unit = max(deviation, _LEAST)
        self._direction = direction
        self._latest: deque[float] = deque(maxlen=_LATEST)
        self._test = self._begun(_PAST)

    def see(self, value: float) -> Move | None:
        """The move that a value completes, if any; from then on the latest values are the past."""
        self._latest.append(value)
        self._test.update(value / self._unit)
        if not self._test.drift_detected:
            return None
        move = Move(self._mean, fmean(self._latest))
        self._mean = move.after
        self._unit = max(pstdev(self._latest), _LEAST)
        self._test = self._begun(len(self._latest))
        return move

    def _begun(self, values: int) -> PageHinkley:
        past = repeat(self._mean / self._unit, values)
        return page_hinkley(SLACK, THRESHOLD, self._direction, past)


def page_hinkley(
    slack: float, threshold: float, direction: Direction, past: Iterable[float] = ()
) -> PageHinkley:
    """A test without forgetting that is ready from its first value on and has seen `past`."""
    test = PageHinkley(min_instances=1, delta=slack, threshold=threshold, alpha=1.0, mode=direction)
    for value in past:
        test.update(value)
    return test
