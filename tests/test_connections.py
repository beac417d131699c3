"""Strangers who connect and do not get on with it: each is shown the door in time."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from modsvc.cli.connections import MAX_HEAD_BYTES, LimitedProtocol, Limits, limited
from tests.api.serving import on_socket

#: Short enough for a test that waits for its end ...
PATIENCE_S = 1.0

#: ... and long enough for one that must not see it, on a machine that is busy with other tests.
LONG_S = 60.0

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"


async def answer(request: Request) -> Response:
    body = await request.body()
    await asyncio.sleep(float(request.query_params.get("after", 0)))
    return PlainTextResponse("x" * int(request.query_params.get("size", len(body))))


@contextmanager
def serving(
    patience_s: float = PATIENCE_S,
    connections: int = 100,
    keep_alive_s: int = 30,
    endpoint: Callable[[Request], Awaitable[Response]] = answer,
) -> Iterator[tuple[int, list[str]]]:
    """A port, and why connections were closed there."""
    closed: list[str] = []
    app = Starlette(routes=[Route("/", endpoint, methods=["GET", "POST"])])
    protocol = limited(Limits(patience_s, connections, closed.append))
    with on_socket(app, http=protocol, timeout_keep_alive=keep_alive_s) as url:
        yield int(url.rpartition(":")[2]), closed


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=LONG_S)


def rest(connection: socket.socket) -> bytes:
    """All that still comes until the other side closes."""
    came = b""
    while part := connection.recv(65_536):
        came += part
    return came


def asked(connection: socket.socket, request: bytes = GET) -> bytes:
    connection.sendall(request)
    return connection.recv(65_536)


@pytest.mark.parametrize(
    ("sent", "answered"),
    [(b"", b""), (b"GET / HT", b"408"), (b"GET / HTTP/1.1\r\nA: b\r\n", b"408"), (POST, b"408")],
)
def test_a_request_that_does_not_come_is_not_waited_for(sent: bytes, answered: bytes) -> None:
    with serving() as (port, closed):
        begun = time.monotonic()
        with connected(port) as connection:
            connection.sendall(sent)
            assert answered in rest(connection)
            assert PATIENCE_S / 2 < time.monotonic() - begun < LONG_S / 2
            assert closed == ["slow"]


def test_a_byte_now_and_then_buys_no_time() -> None:
    with serving() as (port, closed), connected(port) as connection:
        connection.sendall(GET[:4])
        give_up = time.monotonic() + LONG_S
        while not closed and time.monotonic() < give_up:
            time.sleep(PATIENCE_S / 10)
            try:
                connection.sendall(b"a")
            except OSError:
                break
        assert closed == ["slow"]


def test_who_asks_gets_answers_for_as_long_as_they_please() -> None:
    with serving(patience_s=3.0) as (port, closed), connected(port) as connection:
        for _ in range(3):
            assert b"200 OK" in asked(connection)
            time.sleep(0.3)
        # Whatever the application takes is no fault of its caller.
        slow = GET.replace(b"/ ", b"/?after=4 ", 1)
        assert b"200 OK" in asked(connection, slow)
        two = asked(connection, GET + GET)
        while two.count(b"200 OK") < 2:
            two += connection.recv(65_536)
        body = POST + b"x" * 60
        connection.sendall(body)
        time.sleep(0.3)
        assert b"200 OK" in asked(connection, b"x" * 40)
        assert closed == []


def test_an_idle_connection_ends_after_a_while() -> None:
    with serving(keep_alive_s=1) as (port, closed), connected(port) as connection:
        assert b"200 OK" in asked(connection)
        assert rest(connection) == b""
        assert closed == []


def test_a_head_without_end_is_cut_off() -> None:
    with serving(LONG_S) as (port, closed), connected(port) as connection:
        connection.sendall(GET[:-2] + b"A: " + b"b" * (MAX_HEAD_BYTES + 1))
        assert b" 431 " in rest(connection)
        assert closed == ["head_too_large"]
    with serving(LONG_S) as (port, closed), connected(port) as connection:
        large = GET[:-2] + b"A: " + b"b" * (MAX_HEAD_BYTES // 2) + b"\r\n\r\n"
        for _ in range(3):
            assert b"200 OK" in asked(connection, large)
        assert closed == []


def test_no_memory_to_read_with_is_no_fault_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(protocol: object, body: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr(LimitedProtocol, "on_body", fails, raising=False)
    with serving(LONG_S) as (port, closed):
        with connected(port) as connection:
            connection.sendall(POST + b"x")
            assert b" 503 " in rest(connection)
        with connected(port) as connection:
            connection.sendall(b"GET\r\n\r\n")
            assert b" 400 " in rest(connection)
        assert closed == ["no_memory"]


def test_who_does_not_take_the_answer_is_let_go() -> None:
    with serving() as (port, closed), connected(port) as connection:
        connection.sendall(GET.replace(b"/ ", b"/?size=100000000 ", 1))
        give_up = time.monotonic() + LONG_S
        while not closed and time.monotonic() < give_up:
            time.sleep(0.05)
        assert closed == ["unread"]


def test_who_asks_much_at_once_and_leaves_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with serving() as (port, closed), connected(port) as connection:
        connection.sendall(20 * GET.replace(b"/ ", b"/?size=20000000 ", 1))
        give_up = time.monotonic() + LONG_S
        while not closed and time.monotonic() < give_up:
            time.sleep(0.05)
        assert closed == ["unread"]
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


def test_little_is_made_for_who_takes_nothing() -> None:
    made = []

    async def counted(request: Request) -> Response:
        made.append(1)
        return await answer(request)

    with serving(endpoint=counted) as (port, closed), socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(500 * GET.replace(b"/ ", b"/?size=10000 ", 1))
        give_up = time.monotonic() + LONG_S
        while not closed and time.monotonic() < give_up:
            time.sleep(0.05)
        assert closed == ["unread"]
    # As much as a kernel holds by itself would be some hundreds.
    assert len(made) < 100


def test_the_one_that_was_idle_longest_makes_room() -> None:
    with serving(LONG_S, connections=3) as (port, closed):
        first, second, busy, new = (connected(port) for _ in range(4))
        with first, second, busy, new:
            # All three were there before the fourth one, which takes the place of the first.
            assert rest(first) == b""
            assert b"200 OK" in asked(busy)
            assert b"200 OK" in asked(second)
            assert b"200 OK" in asked(new)
            assert closed == ["no_room"]


def test_where_all_are_at_work_a_new_one_is_told_to_come_again() -> None:
    begun, may_end = threading.Event(), threading.Event()

    async def held(request: Request) -> Response:
        begun.set()
        await asyncio.to_thread(may_end.wait, LONG_S)
        return await answer(request)

    with (
        serving(LONG_S, connections=1, endpoint=held) as (port, closed),
        connected(port) as busy,
    ):
        busy.sendall(GET)
        assert begun.wait(LONG_S)
        with connected(port) as new:
            came = rest(new)
        may_end.set()
        assert b" 503 " in came
        assert b"retry-after: 1" in came
        assert b"200 OK" in busy.recv(65_536)
        with connected(port) as later:
            assert b"200 OK" in asked(later)
        assert closed == ["no_room", "no_room"]
