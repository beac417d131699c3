"""Webhooks: which platforms are told of what, what they were told, and telling them again.

In: forms. Out: the list, a webhook's messages, and a new webhook's secret, once, on the page that
answers the form. Rows are left to `modsvc.store.outbox`, sending to `modsvc.webhooks`.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.api.schemas_admin import WebhookDraft
from modsvc.desk.guard import RUNS
from modsvc.desk.pages import go, render
from modsvc.errors import InputError
from modsvc.policy.document import explain
from modsvc.review.sessions import Visitor
from modsvc.store import outbox
from modsvc.store.outbox import KINDS
from modsvc.store.tables import Outbox, Webhook
from modsvc.webhooks.target import check_url

router = APIRouter(prefix="/webhooks")

Id = Annotated[str, Path(max_length=36)]

#: How many of a webhook's messages are shown, the newest first.
_SHOWN: Final = 100


class WebhookForm(BaseModel):
    """What the form for a new webhook brings, as it was typed."""

    url: str = ""
    community: str = ""
    kinds: list[str] = []


@router.get("")
def show(request: Request, visitor: Annotated[Visitor, Depends(RUNS)]) -> Response:
    """All webhooks, those that were stopped too."""
    return _page(request, WebhookForm(kinds=list(KINDS)))


@router.post("")
def add(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    typed: Annotated[WebhookForm, Form()],
) -> Response:
    """Tell a platform from now on. The secret is in this answer alone."""
    service = service_of(request)
    try:
        draft = _draft(typed)
        check_url(draft.url, allow_private=service.settings.webhook_allow_private)
    except InputError as error:
        return _page(request, typed, wrong=str(error), status=422)
    made = service.writer.submit(
        lambda session: outbox.add_webhook(
            session,
            draft.url,
            draft.events,
            community=draft.community,
            actor=visitor.account.id,
        )
    ).result()
    return _page(request, WebhookForm(kinds=list(KINDS)), made=made)


@router.get("/{webhook}")
def messages(request: Request, visitor: Annotated[Visitor, Depends(RUNS)], webhook: Id) -> Response:
    """What a webhook was told, and how that went."""
    with service_of(request).database.reading() as session:
        row = outbox.get_webhook(session, webhook)
        found = [(told, _state(told)) for told in outbox.messages(session, webhook, _SHOWN)]
    return render(request, "webhook.html", {"webhook": row, "messages": found, "most": _SHOWN})


@router.post("/{webhook}/stop")
def stop(request: Request, visitor: Annotated[Visitor, Depends(RUNS)], webhook: Id) -> Response:
    """Tell it nothing any more, not even what waits."""
    service_of(request).writer.submit(
        lambda session: outbox.remove_webhook(session, webhook, actor=visitor.account.id)
    ).result()
    return go("/webhooks", "webhook-stopped")


@router.post("/{webhook}/start")
def start(request: Request, visitor: Annotated[Visitor, Depends(RUNS)], webhook: Id) -> Response:
    """Tell it again, from now on."""
    service_of(request).writer.submit(
        lambda session: outbox.restore_webhook(session, webhook, actor=visitor.account.id)
    ).result()
    return go("/webhooks", "webhook-started")


@router.post("/messages/{message}/resend")
def resend(request: Request, visitor: Annotated[Visitor, Depends(RUNS)], message: Id) -> Response:
    """The same message under the same id."""
    told = (
        service_of(request).writer.submit(lambda session: outbox.resend(session, message)).result()
    )
    return go(f"/webhooks/{told.webhook}", "message-resent")


def _draft(typed: WebhookForm) -> WebhookDraft:
    """What was typed, if a webhook can be made of it. Raises InputError."""
    if not typed.kinds:
        raise InputError("Choose at least one kind of message.")
    said = {"url": typed.url.strip(), "community": typed.community, "events": typed.kinds}
    try:
        return WebhookDraft.model_validate(said)
    except ValidationError as error:
        raise InputError(f"This is not a valid webhook: {explain(error)}") from error


def _page(
    request: Request,
    typed: WebhookForm,
    *,
    made: Webhook | None = None,
    wrong: str | None = None,
    status: int = 200,
) -> Response:
    with service_of(request).database.reading() as session:
        told, stopped = outbox.webhooks(session), outbox.webhooks(session, removed=True)
    shown = {"webhooks": [*told, *stopped], "kinds": KINDS, "typed": typed, "made": made}
    return render(request, "webhooks.html", {**shown, "wrong": wrong}, status=status)


def _state(message: Outbox) -> str:
    if message.delivered_at is not None:
        return "delivered"
    return "given_up" if message.next_attempt_at is None else "waiting"
