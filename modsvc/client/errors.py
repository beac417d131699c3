"""What can go wrong, drawn as one tree.

    ClientError
    ├── Unreachable          nothing answered within the time limit; `__cause__` says why
    ├── UnexpectedAnswer     something answered, but not this service
    ├── SignatureMismatch    a webhook's request is not the service's
    └── Refused              the service answered with a problem
        ├── Invalid          400, 415, 422: correct the request
        ├── Unauthorised     401: send a key that is in force
        ├── Forbidden        403: the key is not for this
        ├── NotFound         404
        ├── Conflict         409
        ├── TooLarge         413: a text, or a request, is over a limit
        ├── TooManyRequests  429, still so when the time limit was over
        └── Unavailable      5xx, likewise

No message contains a text or a key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


class ClientError(Exception):
    """Base class of everything below."""


class Unreachable(ClientError):
    """Nothing answered within the time limit."""


class UnexpectedAnswer(ClientError):
    """The answer is not one of this service: see whether the address is right."""


class SignatureMismatch(ClientError):
    """A request was not signed with this secret, was altered, or is not of now."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What the service said (RFC 9457); of a proxy that says less, what there is."""

    status: int
    type: str
    title: str
    detail: str
    request_id: str | None
    errors: tuple[tuple[str, str], ...]
    retry_after_s: float | None

    @classmethod
    def of(
        cls,
        status: int,
        body: Mapping[str, Any],
        request_id: str | None,
        retry_after_s: float | None,
    ) -> "Problem":
        """The problem in an answer's body; anything may be missing, or of another type."""
        listed = body.get("errors")
        places = listed if isinstance(listed, list) else []
        errors = [item for item in places if isinstance(item, dict)]
        return cls(
            status=status,
            type=str(body.get("type") or "about:blank"),
            title=str(body.get("title") or f"HTTP {status}"),
            detail=str(body.get("detail") or ""),
            request_id=request_id,
            errors=tuple((str(item.get("at")), str(item.get("message"))) for item in errors),
            retry_after_s=retry_after_s,
        )


class Refused(ClientError):
    """The service answered with a problem."""

    def __init__(self, problem: Problem) -> None:
        listed = "; ".join(f"{at}: {message}" for at, message in problem.errors)
        parts = [f"{problem.status} {problem.title}", problem.detail, listed]
        if problem.request_id is not None:
            parts.append(f"(request {problem.request_id})")
        super().__init__(" ".join(part for part in parts if part))
        self.problem = problem

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.problem.status

    @property
    def type(self) -> str:
        """`urn:modsvc:problem:…`; `about:blank` where a proxy answered."""
        return self.problem.type

    @property
    def title(self) -> str:
        """The kind of problem, in words."""
        return self.problem.title

    @property
    def detail(self) -> str:
        """What to do next."""
        return self.problem.detail

    @property
    def request_id(self) -> str | None:
        """What the service's log calls this request."""
        return self.problem.request_id

    @property
    def errors(self) -> tuple[tuple[str, str], ...]:
        """Places in the request, such as `items.0.text`, and what is wrong there."""
        return self.problem.errors

    @property
    def retry_after_s(self) -> float | None:
        """Seconds after which the service asked to be called again, if it did."""
        return self.problem.retry_after_s


class Invalid(Refused):
    """The request is not one that the service takes."""


class Unauthorised(Refused):
    """No key was sent, or one that is not in force."""


class Forbidden(Refused):
    """The key is not for this."""


class NotFound(Refused):
    """There is no such content."""


class Conflict(Refused):
    """It does not fit the present state."""


class TooLarge(Refused):
    """A single text is over a limit of the service."""


class TooManyRequests(Refused):
    """The service has too much to do, or this key asks too much of it."""


class Unavailable(Refused):
    """The service, or what it needs, does not work at the moment."""


_BY_STATUS: Final[Mapping[int, type[Refused]]] = {
    400: Invalid,
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    415: Invalid,
    422: Invalid,
    429: TooManyRequests,
}


def refusal(problem: Problem) -> Refused:
    """The error for a problem, by its status."""
    kind = Unavailable if problem.status >= 500 else _BY_STATUS.get(problem.status, Refused)
    return kind(problem)
