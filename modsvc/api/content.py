"""`/v1/content`: texts in, to be judged and kept; what holds of them out; erasure.

In: bodies of one item or many. Out: 202 once everything is committed, and never before. Judging and
keeping, in the order that the caller prefers, are left to `modsvc.ingest`, what holds after reviews
to `modsvc.review`. The body is read as bytes, as in `modsvc.api.score`, and for the same reason.
"""

import asyncio
import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.api.openapi import CONTENT_BODY, problem_response
from modsvc.api.prefer import APPLIED, RESPOND_ASYNC, prefers
from modsvc.api.schemas_content import (
    PLAIN,
    ContentAnswer,
    ContentItem,
    ContentState,
    parse_content,
)
from modsvc.api.score import check_limits
from modsvc.api.security import Caller, Needs
from modsvc.errors import NotFound
from modsvc.ingest.announce import state_json
from modsvc.ingest.requests import Once
from modsvc.ingest.rows import first_item
from modsvc.review.outcome import state
from modsvc.store import contents, decisions, erasure, wire
from modsvc.store.contents import Draft
from modsvc.store.tables import Content, Event, Item

router = APIRouter(tags=["content"])

CallerOfIngest = Annotated[Caller, Depends(Needs("ingest"))]
ContentName = Annotated[str, Path(max_length=255, pattern=PLAIN, description="Yours.")]
CommunityName = Annotated[
    str | None,
    Query(max_length=128, pattern=PLAIN, description="As it was sent; the key's own without."),
]

ABSENT: Final = "There is no such content in this community."

_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "model": ContentAnswer,
        "description": "Committed: one result per item, in order.",
        "headers": {
            APPLIED: {
                "description": f"`{RESPOND_ASYNC}` where that was asked for.",
                "schema": {"type": "string"},
            }
        },
    },
    400: problem_response("The body is not JSON."),
    413: problem_response("The body, a text or the number of items is over a limit."),
    422: problem_response("The body is of another shape, or the key came with another request."),
    429: problem_response("Too much waits: nothing was kept, try again after `Retry-After`."),
    503: problem_response("The database cannot be written: nothing was kept."),
}


@router.post(
    "/v1/content",
    status_code=202,
    summary="Judge, keep and enqueue one text or many",
    responses=_RESPONSES,
    openapi_extra={"requestBody": CONTENT_BODY},
)
async def post_content(
    request: Request,
    caller: CallerOfIngest,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=255, description="New for each request.")
    ] = None,
    prefer: Annotated[
        list[str] | None,
        Header(description=f"`{RESPOND_ASYNC}`: keep now and decide later (RFC 7240)."),
    ] = None,
) -> Response:
    """Take the texts of the body; a text that is known already is answered from the store.

    With `Prefer: respond-async` it is answered once the texts are committed; decisions follow.
    """
    service = service_of(request)
    raw = await request.body()
    items = parse_content(raw)
    check_limits(items, service.settings)
    once = None
    if idempotency_key is not None:
        once = Once(caller.api_key, idempotency_key, hashlib.sha256(raw).hexdigest())
    # They are posted whatever they are like: if they were not judged they would stand unjudged.
    await service.admission.admit(request, caller, [item.text for item in items], held=True)
    drafts = [draft_of(item, caller.community_or(item.community)) for item in items]
    headers = {}
    if prefers(prefer, RESPOND_ASYNC):
        taken = await service.ingest.accept(drafts, actor=caller.actor, once=once)
        headers = {APPLIED: RESPOND_ASYNC, "Vary": "Prefer"}
    else:
        deadline_s = service.settings.deadline_s
        taken = await service.ingest.take(
            drafts, actor=caller.actor, deadline_s=deadline_s, once=once
        )
        service.metrics.texts.judgements(
            one.judgement for one in taken if one.judgement is not None
        )
    answer = ContentAnswer.model_validate(
        {"items": [_rounded(one.answer, caller) for one in taken]}
    )
    return Response(
        answer.model_dump_json(), status_code=202, headers=headers, media_type="application/json"
    )


@router.get(
    "/v1/content/{content_id}",
    summary="What was decided about a text, and what holds now",
    responses={404: problem_response(ABSENT), 422: problem_response("A parameter is wrong.")},
)
def get_content(
    request: Request,
    content_id: ContentName,
    caller: CallerOfIngest,
    community: CommunityName = None,
) -> ContentState:
    """The latest version, and the events of all versions. Never the text itself."""
    service = service_of(request)
    with service.database.reading() as session:
        found = contents.versions(session, caller.community_or(community), content_id)
        if not found:
            raise NotFound(ABSENT)
        return ContentState.model_validate(_rounded(_state(session, found), caller))


@router.delete(
    "/v1/content/{content_id}",
    status_code=204,
    summary="Erase the words of a text, in all of its versions",
    responses={404: problem_response(ABSENT), 422: problem_response("A parameter is wrong.")},
)
async def delete_content(
    request: Request,
    content_id: ContentName,
    caller: CallerOfIngest,
    community: CommunityName = None,
) -> None:
    """What was decided, and a keyed hash of the text, stay; the words are gone for good."""
    service, name = service_of(request), caller.community_or(community)

    def erase(session: Session) -> int:
        if contents.get(session, name, content_id) is None:
            raise NotFound(ABSENT)
        return erasure.erase(session, name, content_id, actor=caller.actor)

    if await service.writer.run(erase):
        await asyncio.to_thread(service.database.scrub)


def draft_of(item: ContentItem, community: str) -> Draft:
    """An item as it is kept; whether its sender may name the community is decided before."""
    return Draft(
        content_id=item.content_id,
        text=item.text,
        community=community,
        # An empty parent is none, as for the model.
        parent_text=(item.context and item.context.parent) or None,
        language=item.language,
        author_id=item.author_id,
        url=item.url,
        created_at=item.created_at,
    )


def _rounded(answer: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """What a caller gets of an answer: probabilities with as many decimals as its key has."""
    decision, places = answer["decision"], caller.places
    if caller.allowance.decimals is None or decision is None or decision["probability"] is None:
        return answer
    rounded = {
        "probability": round(decision["probability"], places),
        "categories": {
            name: round(value, places) for name, value in decision["categories"].items()
        },
        "toxic_other": round(decision["toxic_other"], places),
    }
    return {**answer, "decision": {**decision, **rounded}}


def _state(session: Session, versions: list[Content]) -> dict[str, Any]:
    last = versions[-1]
    return {
        **_holding(session, last),
        "received_at": wire.iso(last.received_at),
        "erased_at": None if last.erased_at is None else wire.iso(last.erased_at),
        "events": _events(session, versions),
    }


def _holding(session: Session, version: Content) -> dict[str, Any]:
    decision = decisions.latest(session, version.id)
    if decision is None:
        return {**wire.undecided_json(version), "action": None, "categories": None}
    holds = state(decision, session.scalars(select(Item).where(Item.content == version.id)))
    return {
        **wire.content_json(version, decision, first_item(session, decision)),
        **state_json(holds),
    }


def _events(session: Session, versions: list[Content]) -> list[dict[str, Any]]:
    numbers = {content.id: content.version for content in versions}
    query = select(Event).where(Event.content.in_(numbers)).order_by(Event.seq)
    return [
        {
            "seq": event.seq,
            "at": wire.iso(event.at),
            "version": numbers[event.content or ""],
            "kind": event.kind,
            "actor": event.actor,
            "item": event.item,
            "data": event.data,
        }
        for event in session.scalars(query)
    ]
