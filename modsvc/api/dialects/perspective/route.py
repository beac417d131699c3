"""`POST /v1alpha1/comments:analyze` and `:suggestscore`: Perspective's clients, unchanged.

In: a comment. Out: the attributes that were asked for, in Perspective's shape, or its errors.
Nothing is stored, whatever `doNotStore` says. What can be asked is left to `asked`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import Service, service_of
from modsvc.api.dialects.dialect import (
    error_responses,
    json_response,
    request_body,
    score_all,
    speaking,
)
from modsvc.api.dialects.meaning import either, probabilities
from modsvc.api.dialects.perspective import asked as asking
from modsvc.api.dialects.perspective.attributes import ANSWERED
from modsvc.api.dialects.perspective.faults import Refused, say
from modsvc.api.dialects.perspective.schemas import (
    ANALYZE_EXAMPLE,
    SUGGEST_EXAMPLE,
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    GoogleError,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
    parse_analyze,
    parse_suggest,
)
from modsvc.api.dialects.perspective.sentences import Sentence, sentences
from modsvc.api.score import utf16_length
from modsvc.api.security import Caller, NeedsGoogleKey
from modsvc.pipeline import Loaded
from modsvc.types import Content, Score

_ERRORS: Final = error_responses(GoogleError, 400, 401, 403, 413, 415, 429, 503)

CallerOfScore = Annotated[Caller, Depends(NeedsGoogleKey("score"))]

router = APIRouter(tags=["dialects"], route_class=speaking(say))


@router.post(
    "/v1alpha1/comments:analyze",
    summary="Judge a comment as Perspective does",
    responses={
        200: {"model": AnalyzeCommentResponse, "description": "The attributes asked for."},
        **_ERRORS,
    },
    openapi_extra=request_body(AnalyzeCommentRequest, ANALYZE_EXAMPLE),
)
async def analyze(request: Request, caller: CallerOfScore) -> Response:
    """Judge the comment under Perspective's names. Nothing is stored."""
    service = service_of(request)
    asked = parse_analyze(await request.body())
    text = asking.text_of(asked, service.settings)
    attributes = asking.wanted(asked)
    await service.admission.admit(request, caller, [text])
    with service.pipeline.held() as loaded:
        # Scoring detects the language too, unless one is declared.
        detected = loaded.detect(text).code if asked.languages else None
        content = Content(
            text,
            language=asking.declared(asked.languages or [], detected),
            parent=asking.parent_of(asked, service.settings),
            community=caller.community,
        )
        [score] = await score_all(service, loaded, [content])
        attributes = asking.supported(attributes, score, asked)
        parts = [(Sentence(text, 0, utf16_length(text)), score)]
        if asked.span_annotations and attributes and caller.sees_spans:
            found = sentences(text, service.settings.max_items)
            # Each of them is judged, and so it counts.
            await service.admission.admit(request, caller, [one.text for one in found])
            parts = await _parts(service, loaded, found, score)
    answer = {
        "attributeScores": _attribute_scores(attributes, score, parts, caller.places),
        "languages": asked.languages or [score.language.code],
        "detectedLanguages": [detected or score.language.code],
        "clientToken": asked.client_token,
    }
    return json_response({name: value for name, value in answer.items() if value})


async def _parts(
    service: Service, loaded: Loaded, found: Sequence[Sentence], score: Score
) -> list[tuple[Sentence, Score]]:
    """The sentences of a content, each scored on its own in the language of the whole."""
    contents = [Content(one.text, language=score.language.code) for one in found]
    scores = await loaded.score(contents, service.settings.deadline_s)
    return list(zip(found, scores, strict=True))


def _attribute_scores(
    attributes: list[asking.Wanted],
    score: Score,
    parts: list[tuple[Sentence, Score]],
    places: int,
) -> dict[str, Any]:
    """What is at or above its threshold, by attribute.

    What is compared is what is told: else a caller could find the rest by thresholds.
    """
    whole = probabilities(score)
    by_part = [(sentence, probabilities(one)) for sentence, one in parts]
    return {
        one.name: {
            "summaryScore": _probability(_value(whole, one, places)),
            "spanScores": [
                {
                    "begin": sentence.begin,
                    "end": sentence.end,
                    "score": _probability(_value(by_label, one, places)),
                }
                for sentence, by_label in by_part
            ],
        }
        for one in attributes
        if _value(whole, one, places) >= one.threshold
    }


def _value(by_label: Mapping[str, float], wanted: asking.Wanted, places: int) -> float:
    return round(either(by_label, wanted.attribute.labels), places)


def _probability(value: float) -> dict[str, Any]:
    return {"value": value, "type": "PROBABILITY"}


@router.post(
    "/v1alpha1/comments:suggestscore",
    summary="Take a suggestion as Perspective does, and count it",
    responses={
        200: {"model": SuggestCommentScoreResponse, "description": "It was counted."},
        **_ERRORS,
    },
    openapi_extra=request_body(SuggestCommentScoreRequest, SUGGEST_EXAMPLE),
)
async def suggest(request: Request, caller: CallerOfScore) -> Response:
    """Count the suggestion by its attributes. Neither it nor the comment is stored."""
    service = service_of(request)
    asked = parse_suggest(await request.body())
    text = asking.text_of(asked, service.settings)
    if not asked.attribute_scores:
        raise Refused("NO_REQUESTED_ATTRIBUTES", "Suggest a score under `attributeScores`.")
    await service.admission.admit(request, caller, [text])
    for name in asked.attribute_scores:
        service.metrics.texts.suggestion(name if name in ANSWERED else "other")
    answer = {
        "requestedLanguages": asked.languages,
        "detectedLanguages": [service.pipeline.loaded.detect(text).code],
        "clientToken": asked.client_token,
    }
    return json_response({name: value for name, value in answer.items() if value})
