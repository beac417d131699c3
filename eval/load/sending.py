"""A platform that sends texts at a fixed rate, however long the answers take.

In: texts, one by one. Out: a `Sent` for each: when it was due, how it was answered, and what stood
between. What breaks or is refused for the moment is sent again under the same `Idempotency-Key`;
some of what was answered is sent again too, and must be answered alike.
"""

import asyncio
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from eval.load.http import Answer, Connection, Lost

#: Of the texts that were answered.
REPEATED_SHARE: Final = 0.02

#: At most so many requests at a time; what is due meanwhile waits, and its time is counted.
CONNECTIONS: Final = 256

#: For so many seconds a text is sent again and again.
PATIENCE_S: Final = 600.0

#: The first wait before a text is sent again; each further one is twice as long, up to the longest.
_WAIT_S: Final = 0.1
_LONGEST_S: Final = 2.0

_FOR_THE_MOMENT: Final = (429, 503)


@dataclass
class Sent:
    """One text. `due` and `seconds`, from then to its answer, are by the clock of the load.

    `answer` is that of the one item; None when nothing but `status` came. `alike` is None where
    nothing was repeated; `refused` counts by status.
    """

    id: str
    community: str
    due: float
    status: int = 0
    seconds: float | None = None
    answer: dict[str, Any] | None = None
    lost: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    alike: bool | None = None


class Platform:
    """Sends texts; a share of them in the community that has a webhook."""

    def __init__(
        self,
        host: str,
        port: int,
        key: str,
        texts: Iterator[str],
        told_share: float,
        seed: int,
        *,
        later: bool = False,
    ) -> None:
        """With `later` it does not wait for decisions."""
        self._place = host, port
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        if later:
            self._headers["Prefer"] = "respond-async"
        self._texts = texts
        self._told_share = told_share
        self._chance = random.Random(seed)
        self._room = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[Connection] = []
        self.sent: list[Sent] = []

    async def send(self, rate: float, stop: asyncio.Event) -> None:
        """Send `rate` texts a second until `stop`, and return when all are answered."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            while True:
                due = len(self.sent) / rate
                await asyncio.sleep(max(0.0, began + due - loop.time()))
                if stop.is_set():
                    break
                community = "told" if self._chance.random() < self._told_share else ""
                one = Sent(f"text-{len(self.sent)}", community, due)
                self.sent.append(one)
                group.create_task(self._send(one, next(self._texts), began))
        for connection in self._idle:
            connection.close()

    async def _send(self, one: Sent, text: str, began: float) -> None:
        async with self._room:
            await self._deliver(one, text, began)

    async def _deliver(self, one: Sent, text: str, began: float) -> None:
        loop = asyncio.get_running_loop()
        body = json.dumps(
            {
                "content_id": one.id,
                "community": one.community or None,
                "author_id": f"author-{len(text)}",
                "text": text,
            }
        ).encode()
        while loop.time() - began - one.due < PATIENCE_S:
            try:
                answer = await self._ask(one, body)
            except Lost:
                one.lost += 1
                await self._wait(one)
                continue
            if answer.status in _FOR_THE_MOMENT:
                why = str(answer.status)
                one.refused[why] = one.refused.get(why, 0) + 1
                await self._wait(one)
                continue
            one.status = answer.status
            one.seconds = loop.time() - began - one.due
            one.answer = _item(answer)
            break
        if one.answer is not None and self._chance.random() < REPEATED_SHARE:
            await self._repeat(one, body)

    async def _wait(self, one: Sent) -> None:
        tries = min(one.lost + sum(one.refused.values()), 10)
        longest = min(_LONGEST_S, _WAIT_S * 2.0**tries)
        # Not all at the same moment.
        await asyncio.sleep(self._chance.uniform(longest / 2, longest))

    async def _repeat(self, one: Sent, body: bytes) -> None:
        try:
            answer = await self._ask(one, body)
        except Lost:
            one.lost += 1
            return
        if answer.status not in _FOR_THE_MOMENT:
            one.alike = _item(answer) == one.answer

    async def _ask(self, one: Sent, body: bytes) -> Answer:
        connection = self._idle.pop() if self._idle else Connection(*self._place)
        headers = {**self._headers, "Idempotency-Key": one.id}
        answer = await connection.ask("POST", "/v1/content", headers, body)
        self._idle.append(connection)
        return answer


def _item(answer: Answer) -> dict[str, Any] | None:
    if answer.status != 202:
        return None
    item: dict[str, Any] = json.loads(answer.body)["items"][0]
    return item
