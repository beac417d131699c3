"""Errors → HTTP, as RFC 9457 problem details: the one table, and the handlers that use it.

In: exceptions. Out: `application/problem+json` answers that never repeat what the caller
sent. The dialects say the same in their own words (`fault_of`). Exceptions that nobody foresaw
are answered by `modsvc.api.middleware`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.methods import allowed
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
    LimitReached,
    ModelRefused,
    ModsvcError,
    NotFound,
    NotPermitted,
    Overloaded,
    PolicyError,
    ReviewError,
    SignInRefused,
    StoreUnavailable,
    TooAlike,
    TryLater,
    Unauthorised,
    UnsupportedEncoding,
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
    """One thing that is wrong with a request, as pydantic says it; `place` is within the body."""

    kind: str
    place: tuple[int | str, ...]
    message: str


class Fault(NamedTuple):
    """What is said of an exception: its kind, what to do next, and what goes with it."""

    kind: Kind
    detail: str
    headers: Mapping[str, str] = MappingProxyType({})
    errors: list[dict[str, str]] | None = None


_TOO_LARGE: Final = Kind("too-large", 413, "The request is over a limit")
_NOT_FOUND: Final = Kind("not-found", 404, "There is nothing here")
INVALID: Final = Kind("invalid-request", 422, "The request is not valid")
INTERNAL: Final = Kind("internal", 500, "The service failed")
MALFORMED: Final = Kind("malformed-json", 400, "The body is not JSON")
NOT_READY: Final = Kind("not-ready", 503, "The service is not ready")

#: From the most particular class to the most general one; the first that fits is used.
KINDS: Final[tuple[tuple[type[ModsvcError], Kind], ...]] = (
    (InputTooLarge, _TOO_LARGE),
    (UnsupportedEncoding, Kind("unsupported-encoding", 415, "The body is encoded")),
    (IdempotencyMismatch, Kind("idempotency-mismatch", 422, "The key came with another request")),
    (InputError, INVALID),
    (ModelRefused, Kind("model-refused", 422, "The model cannot be used")),
    (PolicyError, Kind("invalid-policy", 422, "The policy is not valid")),
    (Unauthorised, Kind("unauthorised", 401, "Who are you?")),
    (Forbidden, Kind("forbidden", 403, "The key is not for this")),
    (NotFound, _NOT_FOUND),
    (Conflict, Kind("conflict", 409, "It does not fit the present state")),
    (SignInRefused, Kind("sign-in-refused", 401, "Who are you?")),
    (NotPermitted, Kind("not-permitted", 403, "This may not be done")),
    (CapReached, Kind("cap-reached", 403, "Enough for today")),
    (ReviewError, Kind("too-late", 409, "It was done by others, or too long ago")),
    (AccountabilityError, Kind("cannot-account", 422, "This cannot be accounted for")),
    (StoreUnavailable, Kind("store-unavailable", 503, "The database cannot be used")),
    (Overloaded, Kind("overloaded", 429, "The service has too much to do")),
    (LimitReached, Kind("limit-reached", 429, "The key has sent as much as it may")),
    (TooAlike, Kind("too-alike", 429, "Nearly the same text came too often")),
    (DeadlineExceeded, Kind("deadline-exceeded", 503, "The answer would have come too late")),
    (EngineFailure, Kind("engine-failure", 503, "The model failed")),
    (ModsvcError, INTERNAL),
)
HTTP_KINDS: Final[Mapping[int, Kind]] = {
    # The framework could not read the body.
    400: MALFORMED,
    404: _NOT_FOUND,
    405: Kind("method-not-allowed", 405, "This method is not served here"),
}
_HTTP_DETAIL: Final[Mapping[int, str]] = {
    400: "Send JSON in UTF-8, and not nested so deep.",
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
    for expected in (ModsvcError, ValidationError, RequestValidationError, HTTPException):
        app.add_exception_handler(expected, _on_error)


async def _on_error(request: Request, error: Exception) -> Response:
    fault = fault_of(error)
    if fault is None:
        raise error
    headers = fault.headers
    if fault.kind.status == 405:
        headers = {**headers, "Allow": allowed(request)}
    return problem(
        fault.kind,
        fault.detail,
        request_id=request_id_of(request),
        errors=fault.errors,
        headers=headers,
    )


def fault_of(error: Exception, *, tagged: bool = True) -> Fault | None:
    """What to say of an exception, in whatever dialect; None where nobody foresaw it.

    `tagged` bodies are one of several shapes, and a mistake's place in them begins with which.
    """
    if isinstance(error, ModsvcError):
        return _of_modsvc_error(error)
    if isinstance(error, ValidationError):
        if error.error_count() > _MAX_LISTED:
            return _too_many(error.error_count())
        found = error.errors(include_url=False, include_context=False, include_input=False)
        skipped = 1 if tagged else 0
        return _invalid([Mistake(one["type"], one["loc"][skipped:], one["msg"]) for one in found])
    if isinstance(error, RequestValidationError):
        # Bodies and parameters that the framework itself reads.
        mistakes = [Mistake(one["type"], one["loc"][1:], one["msg"]) for one in error.errors()]
        return _too_many(len(mistakes)) if len(mistakes) > _MAX_LISTED else _invalid(mistakes)
    if isinstance(error, HTTPException):
        if isinstance(error.__cause__, ModsvcError):
            # Where the framework reads a body it hides what `modsvc.api.middleware` says of it.
            return _of_modsvc_error(error.__cause__)
        status = error.status_code
        kind = HTTP_KINDS.get(status, Kind("http", status, "The request was refused"))
        detail = _HTTP_DETAIL.get(status, "Compare the request with /openapi.json.")
        return Fault(kind, detail, error.headers or {})
    return None


def _of_modsvc_error(error: ModsvcError) -> Fault:
    kind = next(kind for cls, kind in KINDS if isinstance(error, cls))
    headers = {}
    if isinstance(error, TryLater):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if isinstance(error, Unauthorised):
        # With a realm, because httplib2, and so Google's client, cannot read it without.
        headers["WWW-Authenticate"] = 'Bearer realm="modsvc"'
    if isinstance(error, UnsupportedEncoding):
        headers["Accept-Encoding"] = "identity"
    return Fault(kind, str(error), headers)


def _too_many(count: int) -> Fault:
    return Fault(INVALID, f"{count} mistakes; compare the body with /openapi.json.")


def _invalid(found: Sequence[Mistake]) -> Fault:
    if found[0].kind == "json_invalid":
        return Fault(MALFORMED, found[0].message)
    if any(item.kind == "too_long" for item in found):
        return Fault(_TOO_LARGE, "Send fewer items in one request.")
    errors = [{"at": _where(item.place, item.kind), "message": item.message} for item in found]
    return Fault(INVALID, "Correct what `errors` lists.", errors=errors)


def _where(location: tuple[int | str, ...], kind: str) -> str:
    # An unknown key is the caller's own words and is not repeated.
    parts = [str(part) for part in location]
    if kind == "extra_forbidden":
        parts[-1] = "(unknown key)"
    return ".".join(parts) or "(body)"


def request_id_of(request: Request) -> str | None:
    """The id that the middleware gave this request."""
    request_id: str | None = request.scope.get("state", {}).get("request_id")
    return request_id
