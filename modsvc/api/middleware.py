"""What happens around every request, as plain ASGI: id, size limit, metrics, one log line.

In: an ASGI application. Out: the same, wrapped: `X-Request-ID` in every answer, bodies that
are encoded or over the limit refused while they are read, unforeseen exceptions answered by a
problem and logged without their message. Routes are named by their template, so that neither
a path nor a query ever reaches a log or a metric.
"""

import asyncio
import re
import time
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modsvc.api.errors import INTERNAL, NOT_READY, problem
from modsvc.errors import InputTooLarge, UnsupportedEncoding
from modsvc.telemetry import describe
from modsvc.telemetry.requests import RequestMetrics

REQUEST_ID: Final = "X-Request-ID"
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})

#: A route may leave what its answer is to say beside, whatever becomes of it, as `state.fields`.
_NO_FIELDS: Final[Mapping[str, str]] = MappingProxyType({})

#: What is counted when the client went away before its answer (as nginx has it).
_CLIENT_CLOSED: Final = 499

_STOPPING: Final = "The service is stopping, and this may have been done or not: send it again."

log = structlog.get_logger("modsvc.request")


class Observed:
    """Gives each request an id, counts it, logs it, and answers what nobody foresaw."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                for name, value in scope["state"].get("fields", _NO_FIELDS).items():
                    headers[name] = value
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = _CLIENT_CLOSED
        except asyncio.CancelledError:
            # The service ends, and its grace time is over.
            if status:
                raise
            answer = problem(NOT_READY, _STOPPING, request_id=request_id)
            await answer(scope, receive, send_with_id)
        except Exception as error:
            log.error("request_failed", request_id=request_id, **describe(error))
            if status:
                raise
            detail = "Try again; if it stays, report it with the request_id."
            answer = problem(INTERNAL, detail, request_id=request_id)
            await answer(scope, receive, send_with_id)
        self._record(scope, request_id, status, time.perf_counter() - begun)

    def _record(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        path = getattr(scope.get("route"), "path", None)
        # The pages are an application of their own, below a prefix.
        route = "unmatched" if path is None else scope.get("root_path", "") + path
        self.metrics.answered(method=method, route=route, status=status, seconds=seconds)
        log.info(
            "request",
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            ms=round(1000 * seconds, 1),
        )


class BodyLimit:
    """Raises from `receive`: InputTooLarge once a body has passed `max_bytes`, and
    UnsupportedEncoding for one that would have to be unpacked."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        encoding = headers.get("content-encoding", "identity").strip().lower()
        # A chunked body declares nothing, and a declaration may lie: both are counted too.
        read = 0

        async def receive_within_limit() -> Message:
            nonlocal read
            if encoding not in ("", "identity"):
                raise UnsupportedEncoding(
                    "Send the body as it is, without a Content-Encoding: nothing is unpacked here."
                )
            if declared.isdigit() and int(declared) > self.max_bytes:
                raise self._too_large()
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.max_bytes:
                raise self._too_large()
            return message

        await self.app(scope, receive_within_limit, send)

    def _too_large(self) -> InputTooLarge:
        return InputTooLarge(
            f"The body is over {self.max_bytes} bytes: send the texts in several requests."
        )


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    return given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex
