"""Headers of every page, and the last resort for exceptions that nobody foresaw.

In: an ASGI application. Out: the same, whose answers allow no script, style, frame or request but
the desk's own, are kept in no cache, and name no page to other sites. Styles and scripts are files;
nothing inline runs.
"""

from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modsvc.desk.errors import broken
from modsvc.telemetry import describe

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not "no-referrer": browsers would send forms with an origin of "null", which is refused.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

log = structlog.get_logger("modsvc.desk")


class Guarded:
    """Adds `HEADERS`, and answers unforeseen exceptions with a page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                # Styles and scripts may be kept, if they are asked for anew each time.
                headers.setdefault("Cache-Control", _kept(scope))
            await send(message)

        try:
            await self.app(scope, receive, send_guarded)
        except ClientDisconnect:
            raise
        except Exception as error:
            if begun:
                raise
            request_id = scope.get("state", {}).get("request_id")
            log.error("page_failed", request_id=request_id, **describe(error))
            await broken(Request(scope, receive))(scope, receive, send_guarded)


def _kept(scope: Scope) -> str:
    return "no-cache" if "/static/" in scope["path"] else "no-store"
