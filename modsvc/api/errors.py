"""Errors → HTTP, as RFC 9457 problem details: the one table, and the handlers that use it.

In: exceptions. Out: `application/problem+json` answers that never repeat what the caller
sent. Exceptions that nobody foresaw are answered by `modsvc.api.middleware`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from modsvc.errors import (
    AccountabilityError,
    CapReached,
    Conflict,
    DeadlineExceeded,
    EngineFailure,
    Forbidden,
    IdempotencyMismatch,
    InputError,
    InputTooLarge,
    ModsvcError,
    NotFound,
    NotPermitted,
    Overloaded,
    PolicyError,
    ReviewError,
    SignInRefused,
    StoreUnavailable,
    Unauthorised,
)

MEDIA_TYPE: Final = "application/problem+json"

#: More mistakes than this in one body are counted, not listed.
_MAX_LISTED: Final = 20


class Kind(NamedTuple):
    """One kind of problem: the end of its type URN, its status and its title."""

    slug: str
    status: int
    title: str


class Mistake(NamedTuple):
    """One thing that is wrong with a request, as pydantic says it."""

    kind: str
    place: tuple[int | str, ...]
    message: str


#: From the most particular class to the most general one; the first that fits is used.
KINDS: Final[tuple[tuple[type[ModsvcError], Kind], ...]] = (
    (InputTooLarge, Kind("too-large", 413, "The request is over a limit")),
    (IdempotencyMismatch, Kind("idempotency-mismatch", 422, "The key came with another request")),
    (InputError, Kind("invalid-request", 422, "The request is not valid")),
    (PolicyError, Kind("invalid-policy", 422, "The policy is not valid")),
    (Unauthorised, Kind("unauthorised", 401, "Who are you?")),
    (Forbidden, Kind("forbidden", 403, "The key is not for this")),
    (NotFound, Kind("not-found", 404, "There is nothing here")),
    (Conflict, Kind("conflict", 409, "It does not fit the present state")),
    (SignInRefused, Kind("sign-in-refused", 401, "Who are you?")),
    (NotPermitted, Kind("not-permitted", 403, "This may not be done")),
    (CapReached, Kind("cap-reached", 403, "Enough for today")),
    (ReviewError, Kind("too-late", 409, "It was done by others, or too long ago")),
    (AccountabilityError, Kind("cannot-account", 422, "This cannot be accounted for")),
    (StoreUnavailable, Kind("store-unavailable", 503, "The database cannot be used")),
    (Overloaded, Kind("overloaded", 429, "The service has too much to do")),
    (DeadlineExceeded, Kind("deadline-exceeded", 503, "The answer would have come too late")),
    (EngineFailure, Kind("engine-failure", 503, "The model failed")),
    (ModsvcError, Kind("internal", 500, "The service failed")),
)
MALFORMED: Final = Kind("malformed-json", 400, "The body is not JSON")
INVALID: Final = Kind("invalid-request", 422, "The request is not valid")
INTERNAL: Final = Kind("internal", 500, "The service failed")
NOT_READY: Final = Kind("not-ready", 503, "The service is not ready")
HTTP_KINDS: Final[Mapping[int, Kind]] = {
    404: Kind("not-found", 404, "There is nothing here"),
    405: Kind("method-not-allowed", 405, "This method is not served here"),
}
_HTTP_DETAIL: Final[Mapping[int, str]] = {
    404: "Check the path against /openapi.json.",
    405: "Use one of the methods in the Allow header.",
}


def problem(
    kind: Kind,
    detail: str,
    *,
    request_id: str | None = None,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem details answer; `detail` says what to do next."""
    body: dict[str, Any] = {
        "type": f"urn:modsvc:problem:{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "request_id": request_id,
    }
    if errors is not None:
        body["errors"] = errors
    return Response(
        json.dumps(body), status_code=kind.status, headers=headers, media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Answer every expected exception of `app` with a problem."""
    app.add_exception_handler(ModsvcError, _on_modsvc_error)
    app.add_exception_handler(ValidationError, _on_validation_error)
    app.add_exception_handler(RequestValidationError, _on_request_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_modsvc_error(request: Request, error: Exception) -> Response:
    kind = next(kind for cls, kind in KINDS if isinstance(error, cls))
    headers = {}
    if isinstance(error, Overloaded):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if isinstance(error, Unauthorised):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(kind, str(error), request_id=_request_id(request), headers=headers)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ValidationError):
        raise error
    if error.error_count() > _MAX_LISTED:
        return _too_many(request, error.error_count())
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return _invalid(request, [Mistake(item["type"], item["loc"], item["msg"]) for item in found])


async def _on_request_validation_error(request: Request, error: Exception) -> Response:
    """Bodies and parameters that the framework itself reads."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = [Mistake(item["type"], item["loc"], item["msg"]) for item in error.errors()]
    return _too_many(request, len(found)) if len(found) > _MAX_LISTED else _invalid(request, found)


def _too_many(request: Request, count: int) -> Response:
    detail = f"{count} mistakes; compare the body with /openapi.json."
    return problem(INVALID, detail, request_id=_request_id(request))


def _invalid(request: Request, found: Sequence[Mistake]) -> Response:
    request_id = _request_id(request)
    if found[0].kind == "json_invalid":
        return problem(MALFORMED, found[0].message, request_id=request_id)
    if any(item.kind == "too_long" for item in found):
        kind = KINDS[0][1]
        return problem(kind, "Send fewer items in one request.", request_id=request_id)
    errors = [{"at": _where(item.place, item.kind), "message": item.message} for item in found]
    return problem(INVALID, "Correct what `errors` lists.", request_id=request_id, errors=errors)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    kind = HTTP_KINDS.get(status, Kind("http", status, "The request was refused"))
    detail = _HTTP_DETAIL.get(status, "Compare the request with /openapi.json.")
    return problem(kind, detail, request_id=_request_id(request), headers=error.headers)


def _where(location: tuple[int | str, ...], kind: str) -> str:
    # The first part is the tag of the body's shape, or "body" or "query"; an unknown key is
    # the caller's own words and is not repeated.
    parts = [str(part) for part in location[1:]]
    if kind == "extra_forbidden":
        parts[-1] = "(unknown key)"
    return ".".join(parts) or "(body)"


def _request_id(request: Request) -> str | None:
    request_id: str | None = request.scope.get("state", {}).get("request_id")
    return request_id
