"""Clients that are slow, silent, gone or many: what they cost those who are not.

In: a plan. Out: whether each is let go in time, and whether the others are served meanwhile.
"""

import asyncio
import json
import resource
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

from eval.bench.servers import HOST, rss_mb
from eval.faults.fault import Measured, Plan, Skipped, serving
from eval.faults.traffic import figure, probing, tell_probes, wait_for
from eval.load.http import Connection
from eval.load.service import Service

_HEAD: Final = b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\n"
_BODY: Final = _HEAD + b'Content-Length: 1000\r\n\r\n{"text": "'
_PING: Final = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

#: More than a kernel holds for a reader who does not read, and the bytes that such a one has room
#: for: without that limit the kernel takes dozens of pages for each, and he is served until then.
_LARGE: Final = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200
_WINDOW: Final = 4_096

#: How much later than promised a connection may be closed, in seconds: in a long run, and in a
#: short one, which has its machine seldom for itself.
_LATE_S: Final = 3.0
_LATE_SHORT_S: Final = 30.0

_TCP_REPAIR: Final = 19


def slow(plan: Plan, measured: Measured) -> None:
    """Heads and bodies byte by byte, and answers that nobody reads."""
    timeout_s, each = plan.pick(20, 2), int(plan.pick(300, 20))
    with serving(plan, "slow", request_timeout_s=timeout_s) as service:
        with ExitStack() as stack, probing(service) as seen:
            began = time.monotonic()
            kinds = {"heads": _HEAD, "bodies": _BODY, "readers": _LARGE}
            opened = {
                kind: [
                    _connected(stack, service, begin, window=_WINDOW if kind == "readers" else None)
                    for _ in range(each)
                ]
                for kind, begin in kinds.items()
            }
            measured.say("connections", f"{each} each of slow {', '.join(kinds)}")
            limit = timeout_s + plan.pick(_LATE_S, _LATE_SHORT_S)

            def all_gone() -> bool:
                for kind in ("heads", "bodies"):
                    opened[kind] = [one for one in opened[kind] if not _drip(one)]
                # A probe, and what asks for the figure.
                return figure(service, "modsvc_connections") <= 2

            took = wait_for("slow clients are let go", all_gone, limit)
            measured.say("all let go after", f"{took:.1f} s of {timeout_s:.0f} s")
            tell_probes(seen.between(began, time.monotonic()), measured, "meanwhile")
        closed = figure(service, "modsvc_connections_closed_total")
        measured.expect(closed >= 3 * each, f"only {closed:.0f} were closed for being slow")


def half_open(plan: Plan, measured: Measured) -> None:
    """Clients that vanish without a word: before a request, in the middle of one, and after."""
    timeout_s, keep_s, each = plan.pick(20, 2), int(plan.pick(75, 2)), int(plan.pick(300, 20))
    settings: dict[str, Any] = {"request_timeout_s": timeout_s, "keep_alive_s": keep_s}
    with serving(plan, "half-open", **settings) as service, probing(service) as seen:
        began = time.monotonic()
        for begin in (b"", _HEAD, _BODY, _PING):
            with ExitStack() as stack:
                gone = [_connected(stack, service, begin) for _ in range(each)]
                if begin == _PING:
                    for one in gone:
                        one.recv(1000)
                _vanish(gone)
        measured.say("clients that vanished", 4 * each)
        held = figure(service, "modsvc_connections")
        measured.say("connections that stayed", f"{held:.0f}")
        took = wait_for(
            "half-open connections are closed",
            lambda: figure(service, "modsvc_connections") <= 2,
            max(timeout_s, keep_s) + plan.pick(_LATE_S, _LATE_SHORT_S),
        )
        measured.say("all closed after", f"{took:.1f} s of {max(timeout_s, keep_s):.0f} s")
        tell_probes(seen.between(began, time.monotonic()), measured, "meanwhile")


def idle(plan: Plan, measured: Measured) -> None:
    """Connections that were of use once and stay open, and new clients who come all the same."""
    count = _affordable(plan.idle)
    if count < plan.idle:
        measured.say("open files", f"the limit allows {count} connections here")
    with serving(plan, "idle", max_connections=count) as service:
        before = rss_mb(service.process.pid)
        with ExitStack() as stack, probing(service) as seen:
            began = time.monotonic()
            held = [_connected(stack, service, _PING) for _ in range(count)]
            for one in held:
                one.recv(1000)
            opened = time.monotonic()
            measured.say("connections", f"{count}, opened and used in {opened - began:.1f} s")
            time.sleep(plan.pick(20, 1))
            tell_probes(seen.between(opened, time.monotonic()), measured, "beside them")
            grown = rss_mb(service.process.pid) - before
            measured.say("memory", f"{before:.0f} MB and {grown:.0f} MB for them")
            newcomers = [_connected(stack, service, _PING) for _ in range(50)]
            served = sum(b"200 OK" in one.recv(1000) for one in newcomers)
            measured.say("newcomers served", f"{served} of 50")
            measured.expect(served == 50, "newcomers were not served")
            there = figure(service, "modsvc_connections")
            measured.expect(there <= count, f"{there:.0f} connections are open")


def disconnects(plan: Plan, measured: Measured) -> None:
    """Clients who hang up while their texts wait."""
    texts, requests = 48, int(plan.pick(40, 20))
    with serving(plan, "disconnects", cache_size=0, max_queue=8192) as service:
        asyncio.run(_one(service))
        before = figure(service, "modsvc_batch_size_sum")
        with ExitStack() as stack:
            for number in range(requests):
                items = [{"text": f"{number} {place} hello women " * 400} for place in range(texts)]
                body = json.dumps({"items": items}).encode()
                head = _HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode()
                _connected(stack, service, head + body)
            wait_for("texts wait", lambda: figure(service, "modsvc_queue_depth") > 0, 20)
            time.sleep(0.2)
        took = wait_for(
            "the queue is empty", lambda: figure(service, "modsvc_queue_depth") == 0, 20
        )
        done = figure(service, "modsvc_batch_size_sum") - before
        asyncio.run(_one(service))
        measured.say("texts sent", texts * requests)
        measured.say("of them computed", f"{done:.0f}")
        measured.say("queue empty after they left", f"{took:.2f} s")
        measured.expect(took < plan.pick(2, 10), "the queue was not emptied at once")
        measured.expect(done < texts * requests / 2, "most was computed for nobody")


async def _one(service: Service) -> None:
    connection = Connection(HOST, service.port)
    answer = await connection.ask("POST", "/v1/score", {}, b'{"text": "hello"}')
    connection.close()
    assert answer.status == 200, answer.status


def _connected(
    stack: ExitStack, service: Service, begin: bytes, window: int | None = None
) -> socket.socket:
    one = stack.enter_context(socket.socket())
    one.settimeout(30)
    if window is not None:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    one.connect((HOST, service.port))
    one.sendall(begin)
    return one


def _drip(one: socket.socket) -> bool:
    """Send one byte more; whether the other side has closed."""
    try:
        one.send(b"a")
        one.settimeout(0)
        # Whatever is said to a request that was never finished is said before closing.
        one.recv(1000)
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def _vanish(connections: Sequence[socket.socket]) -> None:
    """Take them away without a FIN, as a machine does that loses its power."""
    for one in connections:
        try:
            one.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
        except OSError as error:
            raise Skipped(
                f"needs the right to repair TCP connections (CAP_NET_ADMIN, {error.strerror}): "
                "run it as root"
            ) from error


def _affordable(count: int) -> int:
    """So many connections as this process, too, may hold."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(count, hard - 512)
