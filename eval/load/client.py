"""All who use the service, in a process of their own: `python -m eval.load.client`.

In, on standard input: one line of JSON, the `Order`; later another line, to stop. Out: a line when
it begins; then, into the order's file, one JSON object with `sent` and `reviewers`. `running` is
that process.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from eval.bench.servers import HOST
from eval.errors import EvalError
from eval.load.browser import Browser
from eval.load.reviewing import Reviewer
from eval.load.sending import PATIENCE_S, Platform
from eval.load.texts import stream

_FINISH_S: Final = PATIENCE_S + 60


@dataclass(frozen=True, slots=True)
class Order:
    """What to do; `people` are names and passwords, `later` is as the platform's."""

    port: int
    key: str
    rate: float
    told_share: float
    texts: str
    seed: int
    people: dict[str, str]
    output: str
    later: bool = False


class Client:
    """The process, seen from outside."""

    def __init__(self, order: Order) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "eval.load.client"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise EvalError("the client has no standard input and output")
        self._process.stdin.write(f"{json.dumps(asdict(order))}\n")
        self._process.stdin.flush()
        # Loading its modules is no part of the load.
        self._process.stdout.readline()

    def stop(self) -> None:
        """Have everyone finish what they began. Raises EvalError when the client failed."""
        _, error = self._process.communicate("stop\n", timeout=_FINISH_S)
        if self._process.returncode:
            raise EvalError(f"the client failed: {error.strip()[-1000:]}")

    def close(self) -> None:
        """End it, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def running(order: Order) -> Iterator[Client]:
    """The process, which is gone at the end."""
    client = Client(order)
    try:
        yield client
    finally:
        client.close()


async def use(order: Order) -> dict[str, object]:
    """Send and review until there is something on standard input."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(sys.stdin)
        stop.set()

    loop.add_reader(sys.stdin, end)
    print("begun", flush=True)
    texts = stream(Path(order.texts), order.seed)
    platform = Platform(
        HOST, order.port, order.key, texts, order.told_share, order.seed, later=order.later
    )
    board: dict[str, str] = {}
    people = [
        Reviewer(Browser(HOST, order.port), name, password, board, order.seed + number)
        for number, (name, password) in enumerate(order.people.items())
    ]
    await asyncio.gather(platform.send(order.rate, stop), *(person.work(stop) for person in people))
    return {
        "sent": [asdict(one) for one in platform.sent],
        "reviewers": [dict(person.did) for person in people],
    }


def main() -> None:
    """Read the order, carry it out, write what came of it."""
    order = Order(**json.loads(sys.stdin.readline()))
    result = asyncio.run(use(order))
    Path(order.output).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
