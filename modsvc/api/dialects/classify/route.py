"""`POST /classify`: clients of infinity's classifiers.

In: texts. Out: for each, every label with its calibrated probability, the greatest first. Nothing
is stored.
"""

import time
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.api.dialects.classify.schemas import (
    EXAMPLE,
    ClassifyAnswer,
    ClassifyError,
    ClassifyRequest,
    parse_classify,
)
from modsvc.api.dialects.dialect import (
    check_texts,
    detail_of,
    error_responses,
    json_response,
    request_body,
    score_all,
    speaking,
)
from modsvc.api.dialects.meaning import ranked
from modsvc.api.errors import Fault
from modsvc.api.security import Caller, Needs
from modsvc.errors import InputError
from modsvc.types import Content


def say(fault: Fault, error: Exception) -> Response:
    """A fault in infinity's shape."""
    body = {
        "message": detail_of(fault),
        "type": fault.kind.slug,
        "param": fault.errors[0]["at"] if fault.errors else None,
        "code": fault.kind.status,
    }
    return json_response({"error": body}, fault.kind.status, fault.headers)


router = APIRouter(tags=["dialects"], route_class=speaking(say))


@router.post(
    "/classify",
    summary="Judge texts as infinity does",
    responses={
        200: {"model": ClassifyAnswer, "description": "All labels of each text, in order."},
        **error_responses(ClassifyError, 400, 401, 403, 413, 415, 422, 429, 503),
    },
    openapi_extra=request_body(ClassifyRequest, EXAMPLE),
)
async def classify(
    request: Request, caller: Annotated[Caller, Depends(Needs("score"))]
) -> Response:
    """Judge the texts of the body. Nothing is stored."""
    service = service_of(request)
    body = parse_classify(await request.body())
    if body.raw_scores:
        raise InputError("Raw scores are not given, only calibrated ones: leave raw_scores out.")
    check_texts(body.input, service.settings)
    await service.admission.admit(request, caller, body.input)
    contents = [Content(text, community=caller.community) for text in body.input]
    with service.pipeline.held() as loaded:
        scores = await score_all(service, loaded, contents)
    read = sum(map(len, body.input))
    return json_response(
        {
            "object": "classify",
            "data": [ranked(score, caller.places) for score in scores],
            "model": loaded.model_version,
            "usage": {"prompt_tokens": read, "total_tokens": read},
            "id": f"infinity-{uuid4()}",
            "created": int(time.time()),
        }
    )
