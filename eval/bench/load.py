"""The HTTP client that loads a server: `python -m eval.bench.load`, a process of its own.

In, on standard input: one JSON object with `host`, `port`, `path`, `bodies` (JSON texts),
`clients`, `seconds` and `rate`. Out, on standard output: one JSON object with `requests`,
`seconds`, `latencies_ms`. Each client keeps one connection. With `rate` null a client sends
its next request when the last was answered; else requests fall due at random, so many a second
on average, and a latency counts from that moment, also while all clients are busy. Plain asyncio
streams: a full client library costs as much as it measures.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any


class LoadError(Exception):
    """The server answered something else than 200, or not in the way expected."""


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    """Send one request on an open connection; status and body of the answer.

    Raises:
        LoadError: the answer has no Content-Length.
    """
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    lengths = [line for line in lines if line.startswith("content-length:")]
    if not lengths:
        raise LoadError("the server sent no Content-Length; this client reads no chunks")
    body = await reader.readexactly(int(lengths[0].partition(":")[2]))
    return int(lines[0].split(" ")[1]), body


def encode_request(host: str, path: str, body: str) -> bytes:
    """A POST of a JSON body over a connection that stays open."""
    payload = body.encode("utf-8")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(payload)}\r\nConnection: keep-alive\r\n\r\n"
    )
    return head.encode("ascii") + payload


async def load(
    host: str, port: int, requests: list[bytes], clients: int, seconds: float
) -> dict[str, Any]:
    """Keep `clients` connections busy for `seconds`; what was answered in that time.

    Raises:
        LoadError: an answer was not 200.
    """
    queue = cycle(requests)
    latencies: list[float] = []
    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(*(_client(host, port, queue, until, latencies) for _ in range(clients)))
    elapsed = time.perf_counter() - began
    return {"requests": len(latencies), "seconds": elapsed, "latencies_ms": latencies}


async def load_at(
    host: str, port: int, requests: list[bytes], clients: int, seconds: float, rate: float
) -> dict[str, Any]:
    """Requests that fall due at `rate` a second, as by people who know nothing of each other.

    Raises:
        LoadError: an answer was not 200.
    """
    due: asyncio.Queue[float | None] = asyncio.Queue()
    queue, latencies = cycle(requests), list[float]()
    began = time.perf_counter()
    workers = [
        asyncio.create_task(_due_client(host, port, due, queue, latencies)) for _ in range(clients)
    ]
    draw, at = random.Random(0), began
    while (at := at + draw.expovariate(rate)) < began + seconds:
        await asyncio.sleep(at - time.perf_counter())
        due.put_nowait(at)
    for _ in workers:
        due.put_nowait(None)
    await asyncio.gather(*workers)
    elapsed = time.perf_counter() - began
    return {"requests": len(latencies), "seconds": elapsed, "latencies_ms": latencies}


async def _due_client(
    host: str,
    port: int,
    due: asyncio.Queue[float | None],
    queue: Iterator[bytes],
    latencies: list[float],
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        while (at := await due.get()) is not None:
            await _ask(reader, writer, next(queue))
            latencies.append((time.perf_counter() - at) * 1000)
    finally:
        writer.close()
        await writer.wait_closed()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    status, _ = await exchange(reader, writer, request)
    if status != 200:
        raise LoadError(f"the server answered {status}")


async def _client(
    host: str, port: int, queue: Iterator[bytes], until: float, latencies: list[float]
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        while (began := time.perf_counter()) < until:
            await _ask(reader, writer, next(queue))
            latencies.append((time.perf_counter() - began) * 1000)
    finally:
        writer.close()
        await writer.wait_closed()


def main() -> None:
    """Read the order from standard input, write the result to standard output."""
    order = json.load(sys.stdin)
    requests = [encode_request(order["host"], order["path"], body) for body in order["bodies"]]
    where = (order["host"], order["port"], requests, order["clients"], order["seconds"])
    rate = order["rate"]
    json.dump(asyncio.run(load(*where) if rate is None else load_at(*where, rate)), sys.stdout)


if __name__ == "__main__":
    main()
