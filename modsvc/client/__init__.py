"""A client for Python programs that call the service, and nothing of the service itself.

In: texts. Out: frozen results, or one of the errors below. It needs httpx (the extra `client`)
and no model, database or web framework. docs/client.md shows how it is used.
"""

from modsvc.client.asynchronous import AsyncClient
from modsvc.client.errors import (
    ClientError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    SignatureMismatch,
    TooLarge,
    TooManyRequests,
    Unauthorised,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
)
from modsvc.client.inputs import Content, Text
from modsvc.client.results import Appeal, Decision, Event, Kept, Score, Span, State
from modsvc.client.synchronous import Client
from modsvc.client.webhook import Holds, Notice, verify_webhook

__all__ = [
    "Appeal",
    "AsyncClient",
    "Client",
    "ClientError",
    "Conflict",
    "Content",
    "Decision",
    "Event",
    "Forbidden",
    "Holds",
    "Invalid",
    "Kept",
    "NotFound",
    "Notice",
    "Refused",
    "Score",
    "SignatureMismatch",
    "Span",
    "State",
    "Text",
    "TooLarge",
    "TooManyRequests",
    "Unauthorised",
    "Unavailable",
    "UnexpectedAnswer",
    "Unreachable",
    "verify_webhook",
]
