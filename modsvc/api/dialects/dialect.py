"""What the dialects share: judging without storing, limits, and errors in one's own words.

In: a function that writes a `Fault` in a dialect. Out: the route class that answers every
exception by it, and helpers for the routes. What an exception means is left to
`modsvc.api.errors`.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from modsvc.api.deps import Service
from modsvc.api.errors import INTERNAL, Fault, fault_of, request_id_of
from modsvc.errors import InputTooLarge
from modsvc.pipeline import Loaded, decide_content
from modsvc.settings import Settings
from modsvc.telemetry import describe
from modsvc.types import Content, Decision, Score

log = structlog.get_logger("modsvc.request")

#: Writes what is said of an exception in the words of a dialect.
Say = Callable[[Fault, Exception], Response]


class Judged(NamedTuple):
    """A score and what the policy makes of it."""

    score: Score
    decision: Decision


def speaking(say: Say) -> type[APIRoute]:
    """The class of routes that answer every exception, foreseen or not, by `say`."""

    class DialectRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await handle(request)
                except ClientDisconnect:
                    raise
                except Exception as error:
                    return say(fault_of(error, tagged=False) or _unforeseen(request, error), error)

            return answer

    return DialectRoute


def _unforeseen(request: Request, error: Exception) -> Fault:
    request_id = request_id_of(request)
    log.error("request_failed", request_id=request_id, **describe(error))
    return Fault(INTERNAL, "Try again; if it stays, report it with the X-Request-ID.")


def detail_of(fault: Fault) -> str:
    """What to do next in one line, for dialects that have no list of mistakes."""
    if not fault.errors:
        return fault.detail
    return "; ".join(f"{error['at']}: {error['message']}" for error in fault.errors)


def json_response(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """`value` as JSON; quicker than the framework's own way, which matters here."""
    return Response(to_json(value), status, headers, media_type="application/json")


def check_texts(texts: Sequence[str], settings: Settings) -> None:
    """Raise InputTooLarge where the deployment's limits are passed."""
    if len(texts) > settings.max_items:
        raise InputTooLarge(
            f"{len(texts)} texts, but at most {settings.max_items} are taken in one request: "
            "send the rest in another."
        )
    for position, text in enumerate(texts):
        if len(text) > settings.max_text_chars:
            raise InputTooLarge(
                f"Text {position} has {len(text)} characters, but at most "
                f"{settings.max_text_chars} are taken: cut it and send the parts as texts."
            )


async def judge(service: Service, loaded: Loaded, contents: Sequence[Content]) -> list[Judged]:
    """Score and decide by `loaded`, in order. Nothing is stored; decisions are counted.

    Raises Overloaded, EngineFailure or DeadlineExceeded: other services' answers have no way to
    say that a text was not scored, and 0 would say that it is harmless.
    """
    scores = await loaded.score(contents, service.settings.deadline_s)
    judged = [
        Judged(score, decide_content(content, score, loaded.policy))
        for content, score in zip(contents, scores, strict=True)
    ]
    service.metrics.texts.judgements(judged)
    return judged


async def score_all(service: Service, loaded: Loaded, contents: Sequence[Content]) -> list[Score]:
    """The scores of `judge`, for dialects that have no decisions."""
    return [score for score, _ in await judge(service, loaded, contents)]


def request_body(model: type[BaseModel], example: Any) -> dict[str, Any]:
    """How a body that the route reads as bytes is documented."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def error_responses(model: type[BaseModel], *statuses: int) -> dict[int | str, dict[str, Any]]:
    """How the errors of a dialect are documented."""
    return {status: {"model": model, "description": _MEANS[status]} for status in statuses}


_MEANS = {
    400: "The body is not JSON, or of another shape.",
    401: "No key was sent, or one that is not valid.",
    403: "The key lacks the scope `score`.",
    413: "The body, a text or the number of texts is over a limit.",
    415: "The body is encoded: send it as it is.",
    422: "The body is JSON of another shape.",
    429: "The queue is full: try again after `Retry-After` seconds.",
    503: "The model failed or was too late.",
}
