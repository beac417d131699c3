"""Perspective's errors: Google's shape, and the error types of the Comment Analyzer.

In: faults and exceptions. Out: `{"error": {"code", "message", "status", "details"}}`.
"""

from typing import Any, Final, Literal

from starlette.responses import Response

from modsvc.api.dialects.dialect import detail_of, json_response
from modsvc.api.errors import Fault
from modsvc.errors import InputError

ErrorType = Literal[
    "COMMENT_EMPTY",
    "COMMENT_TOO_LONG",
    "NO_REQUESTED_ATTRIBUTES",
    "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
    "LANGUAGE_DETECTION_FAILED",
    "INVALID_REQUEST",
]

_TYPE: Final = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
_STATUS: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    415: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


class Refused(InputError):
    """A request that Perspective refuses too, by a type that its clients know."""

    def __init__(self, error_type: ErrorType, message: str, **more: Any) -> None:
        """`more` are the details that go with the type."""
        super().__init__(message)
        self.details = {"@type": _TYPE, "errorType": error_type, **more}


def say(fault: Fault, error: Exception) -> Response:
    """A fault in Google's shape. Its clients know 400, where others say 422."""
    status = 400 if fault.kind.status == 422 else fault.kind.status
    body: dict[str, Any] = {
        "code": status,
        "message": detail_of(fault),
        "status": _STATUS.get(status, "INTERNAL"),
    }
    if isinstance(error, Refused):
        body["details"] = [error.details]
    elif status in (400, 413, 415):
        body["details"] = [{"@type": _TYPE, "errorType": "INVALID_REQUEST"}]
    return json_response({"error": body}, status, fault.headers)
