"""`POST /v1/moderations`: OpenAI's clients, unchanged but for the base URL.

In: a body of texts. Out: OpenAI's result for each, errors in OpenAI's shape. Nothing is stored.
"""

from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.api.dialects.dialect import (
    Judged,
    check_texts,
    detail_of,
    error_responses,
    json_response,
    judge,
    request_body,
    speaking,
)
from modsvc.api.dialects.meaning import either, probabilities
from modsvc.api.dialects.moderations.categories import MEANINGS
from modsvc.api.dialects.moderations.schemas import (
    EXAMPLE,
    NAMES,
    ImagesRefused,
    ModerationAnswer,
    ModerationError,
    ModerationRequest,
    parse_texts,
)
from modsvc.api.errors import Fault
from modsvc.api.security import Caller, Needs
from modsvc.policy import labels_reached
from modsvc.types import Content

_CODES: Final = {
    401: "invalid_api_key",
    403: "insufficient_permissions",
    429: "rate_limit_exceeded",
}
_APPLIED: Final = {name: ["text"] for name in NAMES}


def say(fault: Fault, error: Exception) -> Response:
    """A fault in OpenAI's shape. Its clients know 400, where others say 422."""
    status = 400 if fault.kind.status == 422 else fault.kind.status
    param = fault.errors[0]["at"].partition(".")[0] if fault.errors else None
    code = fault.kind.slug.replace("-", "_")
    body = {
        "message": detail_of(fault),
        "type": _type_of(status),
        "param": "input" if isinstance(error, ImagesRefused) else param,
        "code": "image_unsupported"
        if isinstance(error, ImagesRefused)
        else _CODES.get(status, code),
    }
    return json_response({"error": body}, status, fault.headers)


def _type_of(status: int) -> str:
    if status >= 500:
        return "server_error"
    return "rate_limit_error" if status == 429 else "invalid_request_error"


router = APIRouter(tags=["dialects"], route_class=speaking(say))


@router.post(
    "/v1/moderations",
    summary="Judge texts as OpenAI's moderation endpoint does",
    responses={
        200: {"model": ModerationAnswer, "description": "One result a text, in order."},
        **error_responses(ModerationError, 400, 401, 403, 413, 415, 429, 503),
    },
    openapi_extra=request_body(ModerationRequest, EXAMPLE),
)
async def moderate(
    request: Request, caller: Annotated[Caller, Depends(Needs("score"))]
) -> Response:
    """Judge the texts of the body under OpenAI's names. Nothing is stored."""
    service = service_of(request)
    texts = parse_texts(await request.body())
    check_texts(texts, service.settings)
    await service.admission.admit(request, caller, texts)
    contents = [Content(text, community=caller.community) for text in texts]
    with service.pipeline.held() as loaded:
        judged = await judge(service, loaded, contents)
    return json_response(
        {
            "id": f"modr-{uuid4().hex}",
            "model": loaded.model_version,
            "results": [to_result(one, caller.places) for one in judged],
        }
    )


def to_result(judged: Judged, places: int) -> dict[str, Any]:
    """The wire form of one judgement, its scores rounded."""
    score, decision = judged
    by_label = probabilities(score)
    labels = frozenset(labels_reached(decision.reason_codes))
    return {
        "flagged": decision.flagged,
        "categories": {
            name: not labels.isdisjoint(meaning.flagged_by) for name, meaning in MEANINGS.items()
        },
        "category_scores": {
            name: round(either(by_label, meaning.scored_by), places)
            for name, meaning in MEANINGS.items()
        },
        "category_applied_input_types": _APPLIED,
    }
