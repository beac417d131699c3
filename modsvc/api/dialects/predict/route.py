"""`POST /predict`: clients of text-embeddings-inference's classifiers.

In: texts. Out: for each, every label with its calibrated probability, the greatest first. Nothing
is stored.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
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
from modsvc.api.dialects.predict.schemas import (
    EXAMPLE,
    PredictError,
    Prediction,
    PredictRequest,
    is_batch,
    parse_predict,
)
from modsvc.api.errors import Fault
from modsvc.api.security import Caller, Needs
from modsvc.errors import InputError
from modsvc.types import Content

_TYPES: Final = {429: "Overloaded", 500: "Backend", 503: "Backend"}


def say(fault: Fault, error: Exception) -> Response:
    """A fault in text-embeddings-inference's shape."""
    status = fault.kind.status
    body = {"error": detail_of(fault), "error_type": _TYPES.get(status, "Validation")}
    return json_response(body, status, fault.headers)


router = APIRouter(tags=["dialects"], route_class=speaking(say))


@router.post(
    "/predict",
    summary="Judge texts as text-embeddings-inference does",
    responses={
        200: {
            "model": list[Prediction] | list[list[Prediction]],
            "description": "All labels of a text, or of each text of a batch, in order.",
        },
        **error_responses(PredictError, 400, 401, 403, 413, 415, 422, 429, 503),
    },
    openapi_extra=request_body(PredictRequest, EXAMPLE),
)
async def predict(request: Request, caller: Annotated[Caller, Depends(Needs("score"))]) -> Response:
    """Judge the texts of the body. Nothing is stored."""
    service = service_of(request)
    pairs, body = parse_predict(await request.body())
    if body.raw_scores:
        raise InputError("Raw scores are not given, only calibrated ones: leave raw_scores out.")
    check_texts([pair[0] for pair in pairs], service.settings)
    check_texts([text for pair in pairs for text in pair[1:]], service.settings)
    await service.admission.admit(request, caller, [pair[0] for pair in pairs])
    contents = [
        Content(pair[0], parent=pair[1] if len(pair) == 2 else None, community=caller.community)
        for pair in pairs
    ]
    with service.pipeline.held() as loaded:
        scores = await score_all(service, loaded, contents)
    found = [ranked(score, caller.places) for score in scores]
    return json_response(found if is_batch(body) else found[0])
