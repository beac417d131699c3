"""`/v1/admin/webhooks`: whom to tell of what, what was told, and telling it again.

In: URLs and ids. Out: webhooks and their messages. Writing messages is left to
`modsvc.store.outbox`, sending them to `modsvc.webhooks`.
"""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from modsvc.api.deps import service_of
from modsvc.api.openapi import problem_response
from modsvc.api.policy import CallerOfAdmin
from modsvc.api.schemas_admin import (
    Message,
    MessageList,
    WebhookDraft,
    WebhookList,
    WebhookMade,
)
from modsvc.api.schemas_content import PLAIN
from modsvc.store import outbox, wire
from modsvc.store.tables import Outbox, Webhook
from modsvc.webhooks.target import check_url

router = APIRouter(prefix="/v1/admin", tags=["webhooks"])

Id = Annotated[str, Path(max_length=36, pattern=PLAIN)]

_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    404: problem_response("There is no such webhook or message."),
    422: problem_response("The request is not valid, or the url is none to be called."),
}


@router.get("/webhooks", summary="All webhooks")
def list_webhooks(request: Request, caller: CallerOfAdmin) -> WebhookList:
    """Without their secrets."""
    with service_of(request).database.reading() as session:
        found = outbox.webhooks(session)
    return WebhookList.model_validate({"webhooks": [_webhook(row) for row in found]})


@router.post("/webhooks", status_code=201, summary="Add a webhook", responses=_RESPONSES)
def add_webhook(request: Request, body: WebhookDraft, caller: CallerOfAdmin) -> WebhookMade:
    """Tell a community's platform from now on. The answer alone has the secret."""
    service = service_of(request)
    check_url(body.url, allow_private=service.settings.webhook_allow_private)
    row = service.writer.submit(
        lambda session: outbox.add_webhook(
            session, body.url, body.events, community=body.community, actor=caller.actor
        )
    ).result()
    return WebhookMade.model_validate({**_webhook(row), "secret": row.secret})


@router.delete(
    "/webhooks/{webhook}", status_code=204, summary="Remove a webhook", responses=_RESPONSES
)
def remove_webhook(request: Request, webhook: Id, caller: CallerOfAdmin) -> None:
    """Tell it nothing any more, not even what waits."""
    service_of(request).writer.submit(
        lambda session: outbox.remove_webhook(session, webhook, actor=caller.actor)
    ).result()


@router.get("/webhooks/{webhook}/messages", summary="What a webhook was told", responses=_RESPONSES)
def list_messages(
    request: Request,
    webhook: Id,
    caller: CallerOfAdmin,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> MessageList:
    """The newest first, delivered or not."""
    with service_of(request).database.reading() as session:
        found = [_message(row) for row in outbox.messages(session, webhook, limit)]
    return MessageList.model_validate({"messages": found})


@router.post(
    "/messages/{message}/resend",
    status_code=202,
    summary="Tell a webhook again",
    responses=_RESPONSES,
)
def resend(request: Request, message: Id, caller: CallerOfAdmin) -> Message:
    """The same message under the same id, whether it was delivered, given up or neither."""
    row = (
        service_of(request).writer.submit(lambda session: outbox.resend(session, message)).result()
    )
    return Message.model_validate(_message(row))


def _webhook(row: Webhook) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "community": row.community,
        "events": row.events,
        "created_at": wire.iso(row.created_at),
    }


def _message(row: Outbox) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "attempts": row.attempts,
        "created_at": wire.iso(row.created_at),
        "next_attempt_at": _maybe(row.next_attempt_at),
        "delivered_at": _maybe(row.delivered_at),
        "last_error": row.last_error,
        "payload": row.payload,
    }


def _maybe(moment: datetime | None) -> str | None:
    return None if moment is None else wire.iso(moment)
