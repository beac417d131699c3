"""What a connection may cost: uvicorn's HTTP protocol, with an end to patience.

In: bytes from strangers. Out: requests for the application, in uvicorn's hands; connections that
send too slowly, send too much of a head, or do not take their answers are closed, and so is the
one that was idle longest when there are too many. uvicorn waits for all of these without end
(docs/adr/0043-slow-clients.md). How long an application may take is left to the deadline.
"""

import asyncio
import socket
import sys
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar, Final, Literal, NamedTuple

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

Reason = Literal["slow", "unread", "head_too_large", "no_room", "no_memory"]

#: Of the request line and the headers together. Browsers and proxies stay below a quarter of it.
MAX_HEAD_BYTES: Final = 65_536

#: What the kernel may hold of answers that are not taken (it doubles this): by itself it takes
#: megabytes for each reader, and whoever asks for more and more is served until they are full.
SEND_BUFFER_BYTES: Final = 131_072


class Limits(NamedTuple):
    """`request_s` is for a request to come in whole, or for an answer to be taken.

    `on_closed` is told of each connection that was closed for passing a limit.
    """

    request_s: float
    connections: int
    on_closed: Callable[[Reason], None]


class LimitedProtocol(HttpToolsProtocol):
    """One connection. `limits` and `idle` are those of one server; see `limited`."""

    limits: ClassVar[Limits]

    #: Connections without a request that the application knows of, the longest idle first.
    idle: ClassVar["OrderedDict[LimitedProtocol, None]"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._unfinished = False
        self._head_bytes = 0
        self._running: RequestResponseCycle | None = None
        self._incoming: asyncio.TimerHandle | None = None
        self._outgoing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, and let the one that was idle longest go if that is one too many."""
        super().connection_made(transport)
        accepted = transport.get_extra_info("socket")
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if len(self.connections) > self.limits.connections and not self._make_room():
            self._refuse(503, "no_room", b"retry-after: 1\r\n")
            return
        self.idle[self] = None
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.idle.pop(self, None)
        _cancel(self._incoming)
        self._incoming = None
        _cancel(self._outgoing)
        self._outgoing = None
        if self._running is not None:
            # Of several that came at once uvicorn tells only the last one.
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as the head is not too large, and not for too long."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if not self._unfinished or self.transport.is_closing():
            return
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431, "head_too_large")
        elif self._incoming is None:
            self._expect()

    def on_message_begin(self) -> None:
        """The first byte of a request has come."""
        self._unfinished = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """From here on the application knows of it."""
        self._in_head = False
        self.idle.pop(self, None)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it has come."""
        self._in_head, self._unfinished, self._head_bytes = True, False, 0
        _cancel(self._incoming)
        self._incoming = None
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Answered: idle, unless the next request is here already."""
        super().on_response_complete()
        if self.transport.is_closing():
            if self.transport.get_write_buffer_size():
                self._hurry()
        elif self.cycle.response_complete:
            self.idle[self] = None

    def send_400_response(self, msg: str) -> None:
        """Say that the request was wrong, unless it is we who had no room to read it."""
        error = sys.exc_info()[1]
        if error is not None and isinstance(error.__context__, MemoryError):
            self._refuse(503, "no_memory", b"retry-after: 1\r\n")
        else:
            super().send_400_response(msg)

    def pause_writing(self) -> None:
        """The other side does not take what it asked for."""
        super().pause_writing()
        self._hurry()

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        _cancel(self._outgoing)
        self._outgoing = None

    def timeout_keep_alive_handler(self) -> None:
        """Idle for long enough."""
        if self.transport.get_write_buffer_size():
            self._give_up()
        else:
            super().timeout_keep_alive_handler()

    def _expect(self) -> None:
        self._incoming = self.loop.call_later(self.limits.request_s, self._too_slow)

    def _hurry(self) -> None:
        if self._outgoing is None:
            self._outgoing = self.loop.call_later(self.limits.request_s, self._give_up)

    def _too_slow(self) -> None:
        self._incoming = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            # It is we who do not read.
            self._expect()
        elif not self._unfinished:
            # Nothing was asked, so nothing is answered.
            self.limits.on_closed("slow")
            self.transport.close()
        else:
            self._refuse(408, "slow")

    def _give_up(self) -> None:
        # Closing would wait until all is written, which it never will be.
        self._outgoing = None
        self.limits.on_closed("unread")
        self.transport.abort()

    def _make_room(self) -> bool:
        if not self.idle:
            return False
        longest, _ = self.idle.popitem(last=False)
        self.limits.on_closed("no_room")
        longest.transport.close()
        return True

    def _refuse(self, status: int, reason: Reason, header: bytes = b"") -> None:
        self.limits.on_closed(reason)
        begun = self.cycle is not None and not self.cycle.response_complete
        if not (begun and self.cycle.response_started):
            self.transport.write(
                STATUS_LINE[status] + header + b"content-length: 0\r\nconnection: close\r\n\r\n"
            )
        self.transport.close()


def limited(limits: Limits) -> type[LimitedProtocol]:
    """The protocol of one server."""
    return type("Limited", (LimitedProtocol,), {"limits": limits, "idle": OrderedDict()})


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
