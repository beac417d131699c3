"""One walk along the event chain: which rows are as they were written, and where.

In: the rows by number, then the head. Out: a `Fault` for each row that was edited or moved,
each stretch that was deleted or cut off, and a head that does not fit. The seal proves that
a holder of the key wrote a hash; the hash covers every field, the number among them; so a row
whose hash comes out right under another number was moved, and any other was edited. Fetching
the rows is left to `modsvc.store.verify`.
"""

import hashlib
from collections.abc import Collection, Iterator
from typing import Final, Literal, NamedTuple

from modsvc.store import events
from modsvc.store.keys import Keys
from modsvc.store.tables import ChainHead, Event

What = Literal[
    "edited",
    "deleted",
    "reordered",
    "truncated",
    "unlinked",
    "head",
    "content",
    "decision",
    "item",
    "policy",
]

#: For so many moved rows the old place is looked for along the whole chain; any further one
#: is expected to have moved as far as the one before it.
_SEARCHES: Final = 20


class Fault(NamedTuple):
    """Something that is not as it was written: at which event (0 for none), what, in words."""

    seq: int
    what: What
    detail: str


class Walk:
    """Judges the rows of one chain in the order of their numbers."""

    def __init__(self, keys: Keys, length: int) -> None:
        """`length` is the highest number that any row or the head has."""
        self._keys = keys
        self._length = length
        self._searches = _SEARCHES
        self._faults: list[Fault] = []
        # The last row: its number, and its hash where it is as it was written.
        self._seq = 0
        self._hash: str | None = events.GENESIS
        # Where moved rows came from, and how far the last one moved.
        self._origins: set[int] = set()
        self._shift = 0
        # Stretches of numbers, end exclusive, at which the written row does not stand.
        self._vacant: list[tuple[int, int]] = []
        # The highest number that a row has or was written under.
        self._reach = 0

    def step(self, event: Event) -> None:
        """Judge the next row."""
        if event.seq > self._seq + 1:
            self._vacant.append((self._seq + 1, event.seq))
            self._hash = None
        self._seq = max(0, event.seq)
        origin = self._origin(event)
        self._reach = max(self._reach, origin or event.seq)
        if origin == event.seq:
            if self._hash not in (None, event.prev_hash):
                self._fault(event.seq, "unlinked", "it was not written after the one before it")
            self._hash = event.hash
            return
        self._hash = None
        if origin is None:
            self._fault(event.seq, "edited", f"event {event.id} is not as it was written")
            return
        self._fault(event.seq, "reordered", f"event {event.id} was written as number {origin}")
        self._vacant.append((event.seq, event.seq + 1))
        self._origins.add(origin)
        self._shift = origin - event.seq

    def finish(self, head: ChainHead | None) -> list[Fault]:
        """Compare with the head; all faults, by number."""
        last = self._reach
        if head is None:
            self._fault(0, "head", "the head of the chain is missing")
        elif not events.head_is_sealed(self._keys, head):
            self._fault(0, "head", "the head was changed, or sealed under another secret key")
        else:
            last = head.seq
            self._compare(head)
        self._vacant.append((self._seq + 1, last + 1))
        for start, stop in self._vacant:
            for first, end in _without(max(1, start), min(stop, last + 1), self._origins):
                self._missing(first, end - 1)
        return sorted(self._faults)

    def _compare(self, head: ChainHead) -> None:
        if self._reach > head.seq:
            self._fault(head.seq + 1, "head", f"the head says that number {head.seq} is the last")
        elif self._seq == head.seq and self._hash not in (None, head.hash):
            self._fault(head.seq, "head", "the head was not written after the last event")

    def _missing(self, first: int, last: int) -> None:
        what: What = "truncated" if first > self._reach else "deleted"
        detail = "it is missing" if first == last else f"everything to number {last} is missing"
        self._fault(first, what, detail)

    def _origin(self, event: Event) -> int | None:
        """The number under which a row was written; None if it never was as it is now."""
        if not self._keys.sealed(events.EVENT_SEAL, event.hash, event.mac):
            return None
        begun = hashlib.sha256(events.unnumbered(event).encode())
        for guess in self._guesses(event.seq):
            whole = begun.copy()
            whole.update(f"{guess}}}".encode())
            if whole.hexdigest() == event.hash:
                return guess
        return None

    def _guesses(self, seq: int) -> Iterator[int]:
        yield seq
        yield seq + self._shift
        if self._searches > 0:
            self._searches -= 1
            yield from range(1, self._length + 1)

    def _fault(self, seq: int, what: What, detail: str) -> None:
        self._faults.append(Fault(seq, what, detail))


def _without(start: int, stop: int, taken: Collection[int]) -> Iterator[tuple[int, int]]:
    """The parts of a stretch, end exclusive, that are left without some numbers."""
    for number in sorted(number for number in taken if start <= number < stop):
        if number > start:
            yield start, number
        start = number + 1
    if start < stop:
        yield start, stop
