"""The load client speaks HTTP well enough to count answers, and notices bad ones."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from types import SimpleNamespace

import pytest

from eval.bench.load import LoadError, encode_request, load, load_at


class _Server:
    """Answers every request on a kept-open connection with `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while not reader.at_eof():
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            self.bodies.append(await reader.readexactly(length))
            writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[_Server]:
    answering = _Server()
    listening = await asyncio.start_server(answering.serve, "127.0.0.1", 0)
    answering.port = listening.sockets[0].getsockname()[1]
    yield answering
    listening.close()
    await listening.wait_closed()


async def test_each_client_keeps_one_connection_and_every_answer_counts(
    server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A second a look, however busy the machine is.
    clock = SimpleNamespace(perf_counter=count().__next__)
    monkeypatch.setattr("eval.bench.load.time", clock)
    requests = [encode_request("localhost", "/x", body) for body in ('{"n": 1}', '{"n": "ß"}')]
    result = await load("127.0.0.1", server.port, requests, clients=3, seconds=200)
    assert server.connections == 3
    assert result["requests"] == len(result["latencies_ms"]) == len(server.bodies) > 3
    assert set(server.bodies) == {b'{"n": 1}', '{"n": "ß"}'.encode()}
    assert result["seconds"] >= 200


async def test_a_server_that_refuses_is_not_mistaken_for_a_fast_one(server: _Server) -> None:
    server.status = 429
    with pytest.raises(LoadError, match="429"):
        await load("127.0.0.1", server.port, [encode_request("h", "/x", "{}")], 1, 0.2)


async def test_requests_that_fall_due_while_all_clients_are_busy_are_waited_for(
    server: _Server,
) -> None:
    result = await load_at("127.0.0.1", server.port, [encode_request("h", "/x", "{}")], 2, 0.5, 100)
    assert 20 < result["requests"] == len(server.bodies) < 90
    assert server.connections == 2
