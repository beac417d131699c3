"""How bytes travel: what both clients tell httpx, and what its errors mean.

In: what a program chose. Out: arguments for httpx, requests as httpx takes them, and `Failure`
for what it raises.
"""

import os
import ssl
from collections.abc import Iterator
from typing import Any, Final, TypedDict
from urllib.parse import urlsplit

import httpx

from modsvc import __version__
from modsvc.client.calls import Calls
from modsvc.client.retry import Answer, Attempt, Failure, Limits

API_KEY: Final = "MODSVC_API_KEY"
USER_AGENT: Final = f"modsvc-client/{__version__}"

DEFAULT_URL: Final = "http://127.0.0.1:8080"
DEFAULT_TIMEOUT_S: Final = 90.0
DEFAULT_ATTEMPT_S: Final = 35.0
DEFAULT_MAX_ITEMS: Final = 128
DEFAULT_MAX_BODY_BYTES: Final = 1_048_576

_CONNECT_S: Final = 5.0

#: Nothing answered, or half an answer came: another attempt may fare better.
_PASSING: Final = (
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.RemoteProtocolError,
    httpx.ProxyError,
)


class Sending(TypedDict):
    """Arguments of `httpx.Client.stream`."""

    method: str
    url: str
    content: bytes | None
    headers: dict[str, str]
    timeout: httpx.Timeout


def make_calls(timeout: float, attempt_timeout: float, max_items: int, max_bytes: int) -> Calls:
    """The operations within these limits. Raises ValueError for those that allow nothing."""
    if min(timeout, attempt_timeout) <= 0 or min(max_items, max_bytes) < 1:
        raise ValueError("Every limit must be above 0.")
    return Calls(Limits(timeout, attempt_timeout), max_items, max_bytes)


def arguments(base_url: str, api_key: str | None, verify: ssl.SSLContext | bool) -> dict[str, Any]:
    """Arguments of `httpx.Client`. Raises ValueError for an address or a key that is none."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("base_url is the service's address, such as https://moderation.example.")
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
    key = os.environ.get(API_KEY) if api_key is None else api_key
    if key:
        # httpx would show a key that it cannot send in its error.
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError(f"The API key has characters that no key has: check {API_KEY}.")
        headers["Authorization"] = f"Bearer {key}"
    return {"base_url": base_url, "headers": headers, "verify": verify}


def sending(attempt: Attempt) -> Sending:
    """One attempt, as httpx takes it."""
    request = attempt.request
    headers = {} if request.body is None else {"Content-Type": "application/json"}
    if request.idempotency_key is not None:
        headers["Idempotency-Key"] = request.idempotency_key
    if request.prefer is not None:
        headers["Prefer"] = request.prefer
    within = attempt.timeout_s
    return {
        "method": request.method,
        "url": request.path,
        "content": request.body,
        "headers": headers,
        "timeout": httpx.Timeout(within, connect=min(within, _CONNECT_S)),
    }


def answer(response: httpx.Response, body: bytes) -> Answer:
    """What came back."""
    return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)


def failure(error: httpx.HTTPError | TimeoutError) -> Failure:
    """Why nothing came back. A certificate that is not trusted stays so."""
    untrusted = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))
    passing = isinstance(error, (*_PASSING, TimeoutError)) and not untrusted
    return Failure(error, passing)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
