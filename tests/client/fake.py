"""A fake service: a real server on a real socket that answers what a test tells it to.

In: answers, in turn; the last one stays. Out: the requests that came, and over how many
connections. It is for what the real service does too rarely to wait for.
"""

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: Instead of an answer: the connection is closed.
CLOSE = b""


@dataclass
class Arrived:
    """One request."""

    at: float
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Fake:
    """What is answered, and what came. With `pause_s`, bodies come a byte at a time."""

    answers: list[bytes]
    pause_s: float = 0.0
    url: str = ""
    arrived: list[Arrived] = field(default_factory=list)
    connections: int = 0

    @property
    def waits(self) -> list[float]:
        """Seconds between the requests."""
        times = [request.at for request in self.arrived]
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        try:
            while answer := await self._one(reader):
                await self._send(writer, answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        head, end, body = answer.partition(b"\r\n\r\n")
        parts = [bytes([byte]) for byte in body] if self.pause_s else [body]
        for part in (head + end, *parts):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(self.pause_s)

    async def _one(self, reader: asyncio.StreamReader) -> bytes:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.arrived.append(Arrived(time.monotonic(), head[0], headers, body))
        return self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)


def answer(status: int, body: bytes = b"{}", *headers: str) -> bytes:
    """An HTTP answer as it travels."""
    lines = [f"HTTP/1.1 {status} Something", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@contextmanager
def faking(*answers: bytes, pause_s: float = 0.0) -> Iterator[Fake]:
    """A fake on a free port of the loopback address."""
    fake = Fake(list(answers), pause_s)
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(fake.serve, "127.0.0.1", 0)

    server = loop.run_until_complete(start())
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield fake
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
