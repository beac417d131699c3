"""More requests than a service can answer, sent whether it keeps up or not.

In: a service, texts, a rate. Out: a `Reply` for each request. A share of those who are refused do
as `Retry-After` says, and ask once more: whether they are then taken shows whether it was true.
"""

import asyncio
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from eval.bench.servers import HOST
from eval.load.http import Answer, Connection, Lost

#: Every so-many-th of the refused comes again; so few that they do not change the load.
POLITE: Final = 20

#: More requests at a time than this are not sent: the service must have refused by then.
MOST_AT_ONCE: Final = 8_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request was answered, how long after it was due; `retry_after` where refused.

    `again` is what the second attempt was answered, where there was one.
    """

    at: float
    status: int
    seconds: float
    retry_after: float | None = None
    again: int | None = None


@dataclass
class Flood:
    """Sends to `/v1/score`; connections stay open and are used by whoever comes next."""

    port: int
    texts: Sequence[str]
    replies: list[Reply] = field(default_factory=list)
    unsent: int = 0

    def __post_init__(self) -> None:
        self._idle: list[Connection] = []
        self._numbers = itertools.count()
        self._refused = itertools.count(1)
        self._open = 0

    async def pour(self, rate: float, seconds: float) -> None:
        """Send `rate` requests a second; returns when each is answered, polite ones twice."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for number in range(int(rate * seconds)):
                due = began + number / rate
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                if self._open >= MOST_AT_ONCE:
                    self.unsent += 1
                    continue
                group.create_task(self._send(due))
        self.close()

    async def burst(self, count: int, patience_s: float) -> list[list[float]]:
        """All at once, all polite: for each the waits that it was told, until it was answered."""
        waits = await asyncio.gather(*(self._persist(patience_s) for _ in range(count)))
        self.close()
        return list(waits)

    def close(self) -> None:
        """Let the connections go."""
        while self._idle:
            self._idle.pop().close()

    async def _send(self, due: float) -> None:
        loop = asyncio.get_running_loop()
        answer = await self._ask()
        seconds, wait = loop.time() - due, _wait(answer)
        again = None
        if wait is not None and next(self._refused) % POLITE == 0:
            await asyncio.sleep(wait)
            again = _status(await self._ask())
        self.replies.append(Reply(due, _status(answer), seconds, wait, again))

    async def _persist(self, patience_s: float) -> list[float]:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + patience_s
        waits: list[float] = []
        while loop.time() < give_up:
            wait = _wait(await self._ask())
            if wait is None:
                return waits
            waits.append(wait)
            await asyncio.sleep(wait)
        return [*waits, float("inf")]

    async def _ask(self) -> Answer | None:
        connection = self._idle.pop() if self._idle else Connection(HOST, self.port)
        number = next(self._numbers)
        body = json.dumps({"text": f"{self.texts[number % len(self.texts)]} {number}"}).encode()
        self._open += 1
        try:
            answer = await connection.ask("POST", "/v1/score", {}, body)
        except Lost:
            return None
        finally:
            self._open -= 1
        self._idle.append(connection)
        return answer


def _status(answer: Answer | None) -> int:
    return 0 if answer is None else answer.status


def _wait(answer: Answer | None) -> float | None:
    if answer is None or answer.status != 429:
        return None
    return float(answer.headers["retry-after"])
