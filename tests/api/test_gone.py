"""A caller hangs up, and nobody goes on working for it."""

import asyncio
import contextlib
import json
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from modsvc.app import create_app
from tests.api.conftest import Held
from tests.api.serving import make_settings, on_socket


def sent(url: str, path: str, body: dict[str, Any]) -> socket.socket:
    """A connection on which a request was sent whose answer nobody has read."""
    host, _, port = url.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    payload = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(payload)}\r\n\r\n"
    connection.sendall(head.encode() + payload)
    return connection


def eventually(true: Any, seconds: float = 60.0) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


BODIES = {
    "/v1/score": lambda text: {"text": text},
    "/v1/content": lambda text: {"content_id": text.replace(" ", "-"), "text": text},
    "/v1/moderations": lambda text: {"input": text},
}


@pytest.mark.parametrize("path", BODIES)
def test_what_nobody_waits_for_leaves_the_queue(tiny_artifact: Path, held: Held, path: str) -> None:
    app = create_app(make_settings(tiny_artifact))
    service = app.state.service
    with on_socket(app) as url:
        # The first one is with the engine already; the others wait behind it.
        first = sent(url, path, BODIES[path]("hello first"))
        assert held.busy.wait(60)
        gone = [sent(url, path, BODIES[path](f"hello gone {n}")) for n in range(3)]
        stays = sent(url, path, BODIES[path]("hello stays"))
        eventually(lambda: service.pipeline.queue_depth == 4)
        for connection in gone:
            connection.close()
        eventually(lambda: service.pipeline.queue_depth == 1)
        held.go.set()
        for connection in (first, stays):
            assert connection.recv(100).split()[1] in (b"200", b"202")
            connection.close()
        assert [text for text in held.scored if "gone" in text] == []
        seen = httpx.get(f"{url}/metrics", timeout=60).text
        assert f'modsvc_requests_total{{method="POST",route="{path}",status="499"}} 3.0' in seen


def test_what_is_being_erased_is_erased_whoever_goes(tiny_artifact: Path) -> None:
    """Only what can be dropped half-way is."""
    app = create_app(make_settings(tiny_artifact))
    with on_socket(app) as url:
        body = {"content_id": "c1", "text": "hello women"}
        assert httpx.post(f"{url}/v1/content", json=body, timeout=60).status_code == 202
        with contextlib.suppress(httpx.ReadTimeout):
            httpx.delete(f"{url}/v1/content/c1", timeout=httpx.Timeout(60, read=0.001))

        def is_erased() -> bool:
            answer = httpx.get(f"{url}/v1/content/c1", timeout=60)
            return answer.json()["erased_at"] is not None

        eventually(is_erased)


async def test_the_end_of_the_service_is_not_taken_for_a_caller_who_left() -> None:
    from modsvc.api.gone import DropGone

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.sleep(60)

    async def receive() -> dict[str, Any]:
        if not said:
            said.append(1)
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.sleep(60)
        raise AssertionError

    said: list[int] = []
    scope = {"type": "http", "method": "POST", "path": "/"}
    task = asyncio.create_task(DropGone(app, ["/"])(scope, receive, None))  # type: ignore[arg-type]
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
