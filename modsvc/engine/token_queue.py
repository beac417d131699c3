"""The bounded queue between callers and worker threads, measured in tokens.

In: requests of one or more contents. Out: batches of about a token budget, oldest first,
without the contents whose callers have gone or whose deadline has passed. Requests without a
deadline, for which nobody waits, are taken while there is no other. Scoring batches and answering
callers is left to `batching`, how long it takes until there is room to `patience`.
"""

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from modsvc.engine.explain import MOST_RUNS
from modsvc.engine.tokenise import MAX_WINDOWS, PARENT_TOKENS
from modsvc.errors import EngineFailure, InputTooLarge
from modsvc.types import Content, Score

#: Only balances batches, so a rough figure will do.
_CHARACTERS_PER_TOKEN: Final = 3
_MOST_TOKENS: Final = MAX_WINDOWS * 128

#: The deadline of those for whom nobody waits.
NO_DEADLINE: Final = math.inf


@dataclass(slots=True, eq=False)
class Request:
    """One caller's contents on their way; `deadline` is on the clock of `time.monotonic`.

    With `NO_DEADLINE` it gives way to all others and takes no room from them. `queued` is how much
    of it still waits, and belongs to the queue.
    """

    contents: Sequence[Content]
    deadline: float
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[list[Score]]
    scores: dict[int, Score] = field(default_factory=dict)
    queued: int = 0
    abandoned: bool = False


@dataclass(slots=True, eq=False)
class Item:
    """One content of a request, by its place there, and its estimated cost in tokens."""

    request: Request
    place: int
    tokens: int

    @property
    def content(self) -> Content:
        """What is to be scored."""
        return self.request.contents[self.place]


def estimate_tokens(text: str, parent: str | None = None) -> int:
    """About how many tokens scoring `text` will cost, without tokenising it."""
    above = min(len(parent or "") // _CHARACTERS_PER_TOKEN, PARENT_TOKENS)
    return min(2 + len(text) // _CHARACTERS_PER_TOKEN + above, _MOST_TOKENS)


@dataclass(slots=True, eq=False)
class _Lane:
    """Items in their order; `depth` is of those that are still wanted."""

    items: deque[Item] = field(default_factory=deque)
    depth: int = 0

    def put(self, request: Request, items: Sequence[Item]) -> None:
        request.queued = len(items)
        self.depth += len(items)
        self.items.extend(items)

    def abandon(self, request: Request) -> None:
        if not request.abandoned:
            request.abandoned = True
            self.depth -= request.queued

    def drain(self, room: int) -> list[Item]:
        """The next batch, of about `room` tokens; none where nothing is wanted any more."""
        batch: list[Item] = []
        now = time.monotonic()
        while self.items and (not batch or self.items[0].tokens <= room):
            item = self.items.popleft()
            request = item.request
            if request.abandoned:
                continue
            request.queued -= 1
            self.depth -= 1
            # A late item is dropped here; its caller's own timer answers it.
            if request.deadline > now and not request.answer.done():
                batch.append(item)
                room -= item.tokens
        return batch


class TokenQueue:
    """Thread-safe; closed until `open`."""

    def __init__(self, *, max_items: int, token_budget: int) -> None:
        """At most `max_items` contents wait."""
        self._max_items = max_items
        self._token_budget = token_budget
        self._changed = threading.Condition()
        # All below is guarded by `_changed`.
        self._pressing = _Lane()
        self._patient = _Lane()
        self._is_open = False

    @property
    def depth(self) -> int:
        """How many contents wait whose callers still do."""
        return self._pressing.depth

    def open(self) -> bool:
        """Take requests from now on; false when it did already."""
        with self._changed:
            was_open, self._is_open = self._is_open, True
        return not was_open

    def close(self) -> None:
        """Refuse requests from now on; what waits can still be taken."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()

    def put(self, request: Request) -> bool:
        """Queue all of a request's contents, or none; false where there is no room at present.

        Without a deadline there always is.

        Raises:
            EngineFailure: the queue is closed.
            InputTooLarge: the request alone is more than the queue holds.
        """
        items = [
            Item(
                request,
                place,
                estimate_tokens(content.text, content.parent)
                * (MOST_RUNS if content.explain else 1),
            )
            for place, content in enumerate(request.contents)
        ]
        lane = self._lane(request)
        with self._changed:
            if not self._is_open:
                raise EngineFailure("the service is stopping or not yet started: try again shortly")
            if len(items) > self._max_items:
                raise InputTooLarge(
                    f"send at most {self._max_items} texts in one call, not {len(items)}"
                )
            if lane is self._pressing and lane.depth + len(items) > self._max_items:
                return False
            lane.put(request, items)
            # They may be several batches.
            self._changed.notify(len(items))
        return True

    def take(self) -> list[Item]:
        """The next batch, as soon as there is one; empty when the queue is closed and drained."""
        with self._changed:
            while True:
                budget = self._token_budget
                if batch := self._pressing.drain(budget) or self._patient.drain(budget):
                    return batch
                if not self._is_open:
                    return []
                self._changed.wait()

    def abandon(self, request: Request) -> None:
        """Give the request's room back; its items are passed over when their turn comes."""
        with self._changed:
            self._lane(request).abandon(request)

    def _lane(self, request: Request) -> _Lane:
        return self._patient if request.deadline == NO_DEADLINE else self._pressing
