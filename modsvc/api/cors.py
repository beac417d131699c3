"""Which web pages may call the service from a browser: none, unless they are named.

In: the origins of `MODSVC_CORS_ORIGINS`. Out: the web framework's own middleware, which answers
preflights and marks answers. Never with cookies: pages of other origins call with a key, and
not as whoever has signed in to the desk.
"""

from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

_REQUEST_ID: Final = "X-Request-ID"
_METHODS: Final = ("GET", "POST", "DELETE")
_SENT: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "Prefer",
    "X-Goog-Api-Key",
    _REQUEST_ID,
)
_READ: Final = ("Preference-Applied", "RateLimit", "RateLimit-Policy", "Retry-After", _REQUEST_ID)


def install(app: FastAPI, origins: Sequence[str]) -> None:
    """Let the pages of these origins call; without any, browsers keep all others out."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_SENT,
            expose_headers=_READ,
            allow_credentials=False,
        )
