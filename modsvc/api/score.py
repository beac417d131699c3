"""`POST /v1/score`: texts in, probabilities and decisions out; nothing is stored.

In: a body of one item or many. Out: a `ScoreResponse` of as many results in the same
order. Scoring is left to `modsvc.pipeline`, errors to `modsvc.api.errors`. The body is
read and the answer written as bytes, past the framework's own validation, because at
several hundred requests a second that validation would be felt.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.api.openapi import REQUEST_BODY, RESPONSES
from modsvc.api.schemas import (
    PLACES,
    Categories,
    ScoreItem,
    ScoreResponse,
    ScoreResult,
    TextSpan,
    parse_body,
)
from modsvc.api.schemas_content import ContentItem
from modsvc.api.security import Caller, Needs
from modsvc.errors import Forbidden, InputTooLarge
from modsvc.labels import CATEGORIES
from modsvc.pipeline import Judgement
from modsvc.settings import Settings
from modsvc.types import Content, Span

router = APIRouter(tags=["score"])


@router.post(
    "/v1/score",
    summary="Score one text or many",
    responses=RESPONSES,
    openapi_extra={"requestBody": REQUEST_BODY},
)
async def score(request: Request, caller: Annotated[Caller, Depends(Needs("score"))]) -> Response:
    """Judge the texts in the body. Nothing is stored and nothing of it is logged."""
    service = service_of(request)
    items = parse_body(await request.body())
    check_limits(items, service.settings)
    if not caller.sees_spans and any(item.explain for item in items):
        raise Forbidden("This key is not told where a score comes from: leave `explain` out.")
    await service.admission.admit(request, caller, [item.text for item in items])
    contents = [
        Content(
            text=item.text,
            id=item.id,
            language=item.language,
            community=item.community,
            explain=item.explain,
            parent=item.context.parent if item.context else None,
        )
        for item in items
    ]
    with service.pipeline.held() as loaded:
        judgements = await loaded.judge(contents, service.settings.deadline_s)
    service.metrics.texts.judgements(judgements)
    answer = ScoreResponse(
        model_version=loaded.model_version,
        policy_version=loaded.policy.version,
        results=[
            to_result(content, judgement, caller.places)
            for content, judgement in zip(contents, judgements, strict=True)
        ],
    )
    return Response(answer.model_dump_json(), media_type="application/json")


def check_limits(items: Sequence[ScoreItem | ContentItem], settings: Settings) -> None:
    """Raise InputTooLarge where the deployment's limits are passed."""
    if len(items) > settings.max_items:
        raise InputTooLarge(
            f"{len(items)} items, but at most {settings.max_items} are taken in one request: "
            "send the rest in another."
        )
    for position, item in enumerate(items):
        if len(item.text) > settings.max_text_chars:
            raise InputTooLarge(
                f"The text of item {position} has {len(item.text)} characters, but at most "
                f"{settings.max_text_chars} are taken: cut it and send the parts as items."
            )
        parent = (item.context and item.context.parent) or ""
        if len(parent) > settings.max_text_chars:
            raise InputTooLarge(
                f"The parent of item {position} has {len(parent)} characters, but at most "
                f"{settings.max_text_chars} are taken: send its beginning."
            )


def to_result(content: Content, judgement: Judgement, places: int) -> ScoreResult:
    """The wire form of one judgement, probabilities rounded; null where nothing was scored."""
    scored, decision = judgement
    if scored is None:
        return ScoreResult(
            id=content.id,
            probability=None,
            flagged=decision.flagged,
            action=decision.action,
            reason_codes=list(decision.reason_codes),
            categories=Categories(**dict.fromkeys(CATEGORIES)),
            toxic_other=None,
            language=content.language or "und",
            language_confidence=1.0 if content.language else 0.0,
            supported=False,
            truncated=False,
            early=False,
            reason=decision.reason_codes[0],
            spans=None,
        )
    return ScoreResult(
        id=content.id,
        probability=round(scored.probability, places),
        flagged=decision.flagged,
        action=decision.action,
        reason_codes=list(decision.reason_codes),
        categories=Categories(
            **{name: round(scored.categories[name], places) for name in CATEGORIES}
        ),
        toxic_other=round(scored.toxic_other, places),
        language=scored.language.code,
        language_confidence=round(scored.language.confidence, PLACES),
        supported=scored.supported,
        truncated=scored.truncated,
        early=scored.early,
        reason=scored.reason,
        spans=None if scored.spans is None else to_spans(content.text, scored.spans),
    )


def to_spans(text: str, spans: Sequence[Span]) -> list[TextSpan]:
    """The wire form of spans of `text`, with their places in UTF-16 too."""
    return [
        TextSpan(
            start=span.start,
            end=span.end,
            utf16_start=utf16_length(text[: span.start]),
            utf16_end=utf16_length(text[: span.end]),
            weights={label: round(weight, PLACES) for label, weight in span.weights.items()},
        )
        for span in spans
    ]


def utf16_length(text: str) -> int:
    """How many UTF-16 code units `text` has; a lone surrogate is one."""
    return len(text) + sum(character > "\uffff" for character in text)
