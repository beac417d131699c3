"""Noticing who looks for words that the model lets pass: nearly the same text, again and again.

In: the texts that a key sends. Out: an `Alarm` for each that is one variant too many. What is
kept of a text is its sketch and a hash, neither of which is good outside of this process, of the
last so many texts of each of the last so many keys. What follows from an alarm is left to
`modsvc.api.limits.admission`.

A text that the model reads as one before it (a copy, a retry, another letter case of a disguise
that is taken off) tells nothing new and is no variant. Nor is one so short that different people
write nearly the same by chance.
"""

import time
from collections import OrderedDict, deque
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from modsvc.api.limits.sketch import BITS, LONGEST, WORDS, Sketcher, distances
from modsvc.engine.normalise import normalise

#: Texts that differ in fewer bits are variants: a cosine of 0.7 between their trigram counts.
NEAR: Final = BITS // 4

#: Texts with fewer characters are not looked at.
SHORTEST: Final = 16

#: So many texts of a key are remembered, and so many keys: 0.5 MB each at most.
TEXTS: Final = 2_048
KEYS: Final = 128


class Alarm(NamedTuple):
    """One variant too many. `is_first` of its kind within the time that is looked at.

    In `retry_after_s` seconds another one is not too many.
    """

    retry_after_s: float
    is_first: bool


class Probing:
    """Watches keys. `variants` of a text within `window_s` seconds are as many as may be."""

    def __init__(self, variants: int, window_s: float) -> None:
        self._variants = variants
        self._window_s = window_s
        self._sketcher = Sketcher()
        self._watches: OrderedDict[str, _Watch] = OrderedDict()

    def note(self, key: str, text: str, *, refused: bool) -> Alarm | None:
        """Look at one text of a key; one that is `refused` on an alarm does not count later."""
        read = normalise(text[: 2 * LONGEST])
        if len(read) < SHORTEST:
            return None
        watch = self._watches.setdefault(key, _Watch())
        self._watches.move_to_end(key)
        if len(self._watches) > KEYS:
            self._watches.popitem(last=False)
        digest = hash(read)
        if digest in watch.slots:
            return None
        sketch = self._sketcher.sketch(read)
        group = watch.nearest(sketch) or _Group(deque(maxlen=self._variants))
        alarm = group.alarm(time.monotonic(), self._window_s)
        if alarm is None or not refused:
            group.times.append(time.monotonic())
            watch.keep(digest, sketch, group)
        return alarm


class _Group:
    """Texts that are variants of one another: when the last of them came."""

    def __init__(self, times: deque[float]) -> None:
        self.times = times
        self._alarmed_at = float("-inf")

    def alarm(self, now: float, window_s: float) -> Alarm | None:
        """Whether one more is one too many."""
        while self.times and self.times[0] <= now - window_s:
            self.times.popleft()
        if len(self.times) < (self.times.maxlen or 0):
            return None
        is_first = now - self._alarmed_at > window_s
        if is_first:
            self._alarmed_at = now
        return Alarm(self.times[0] + window_s - now, is_first)


class _Watch:
    """The last texts of one key, in a ring; `slots` says where the text with a hash is."""

    def __init__(self) -> None:
        self.slots: dict[int, int] = {}
        self._sketches = np.zeros((WORDS, TEXTS), np.uint64)
        self._kept: list[tuple[int, _Group]] = []
        self._next = 0

    def nearest(self, sketch: NDArray[np.uint64]) -> _Group | None:
        """The group of the text that is most like this one, if one is like it."""
        if not self._kept:
            return None
        apart = distances(self._sketches[:, : len(self._kept)], sketch)
        place = int(apart.argmin())
        return self._kept[place][1] if apart[place] < NEAR else None

    def keep(self, digest: int, sketch: NDArray[np.uint64], group: _Group) -> None:
        """Remember a text, in the place of the oldest."""
        place = self._next
        self._next = (place + 1) % TEXTS
        if place < len(self._kept):
            self.slots.pop(self._kept[place][0], None)
            self._kept[place] = digest, group
        else:
            self._kept.append((digest, group))
        self._sketches[:, place] = sketch
        self.slots[digest] = place
