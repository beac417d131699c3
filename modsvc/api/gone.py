"""Callers who hang up: nobody computes what nobody will read.

In: an ASGI application, and the paths whose work may be dropped half-way. Out: the same; where the
caller of such a path goes away the work is cancelled, so that its texts leave the queue, and
ClientDisconnect is raised. Requests that are answered at once are never watched, so that
watching costs them nothing. What must not be dropped half-way is left alone.
"""

import asyncio
from collections.abc import Collection
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Seconds after which a request counts as waiting.
WATCH_AFTER_S: Final = 0.05


class DropGone:
    """Cancels the work for callers who have gone."""

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        self.app = app
        self.paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises ClientDisconnect."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in self.paths:
            await self.app(scope, receive, send)
            return
        watch = _Watch(receive)
        try:
            await self.app(scope, watch.receive, send)
        except asyncio.CancelledError as cancelled:
            work = asyncio.current_task()
            if not watch.gone or work is None or work.uncancel():
                raise
            raise ClientDisconnect from cancelled
        finally:
            watch.end()


def path_of(route: BaseRoute) -> str:
    """A route's path, as it is written where it is made."""
    path: str = getattr(route, "path", "")
    return path


class _Watch:
    """One request: what it still waits for is whether its caller goes."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None
        self.gone = False

    async def receive(self) -> Message:
        """The next part of the body; after the last one nothing comes but the caller's leave."""
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            work = asyncio.current_task()
            if work is not None and self._timer is None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(WATCH_AFTER_S, self._begin, work)
        return message

    def end(self) -> None:
        """The request is over."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    def _begin(self, work: asyncio.Task[None]) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._wait(work))

    async def _wait(self, work: asyncio.Task[None]) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        work.cancel()
