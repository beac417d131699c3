"""What callers are to be told: webhooks, and the messages that wait for them.

In: what happened, within the transaction that makes it so, hence a message exists if and only
if what it tells is true. Out: `Outbox` rows, claimed for a while by whoever delivers them and
settled afterwards; a claim that runs out is anyone's again, so each message is delivered at
least once. Payloads hold ids, names and numbers, never words. Sending is left to
`modsvc.webhooks`.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from modsvc.errors import NotFound
from modsvc.store import events, wire
from modsvc.store.columns import new_id, utcnow
from modsvc.store.tables import Outbox, Webhook

Kind = Literal["decision.made", "decision.changed", "appeal.resolved"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

WEBHOOK_ADDED: Final = "webhook_added"
WEBHOOK_REMOVED: Final = "webhook_removed"
WEBHOOK_RESTORED: Final = "webhook_restored"

#: Candidates looked at in one claim.
_LOOK_AT: Final = 256


class Delivery(NamedTuple):
    """One message on its way; `id` is the same at every attempt, `attempt` counts from 1.

    `until` is when the claim runs out, and tells it from every other claim of the message.
    """

    id: str
    webhook: str
    url: str
    secret: str
    kind: str
    payload: dict[str, Any]
    attempt: int
    until: datetime


def add_webhook(
    session: Session, url: str, kinds: Sequence[Kind], *, community: str, actor: str
) -> Webhook:
    """Tell `url` from now on; the row's `secret` is what its signatures are made with."""
    webhook = Webhook(
        community=community, url=url, secret=secrets.token_urlsafe(32), events=sorted(set(kinds))
    )
    session.add(webhook)
    events.append(session, WEBHOOK_ADDED, actor=actor, data={"webhook": webhook.id})
    return webhook


def remove_webhook(session: Session, webhook: str, *, actor: str) -> None:
    """Tell it nothing any more; its messages stay to be seen. Raises NotFound."""
    row = session.get(Webhook, webhook)
    if row is None or row.disabled_at is not None:
        raise NotFound("There is no such webhook: look at the list of them.")
    row.disabled_at = utcnow()
    events.append(session, WEBHOOK_REMOVED, actor=actor, data={"webhook": webhook})


def restore_webhook(session: Session, webhook: str, *, actor: str) -> None:
    """Tell it again, from now on: what happened meanwhile is not made up for. Raises NotFound."""
    row = session.get(Webhook, webhook)
    if row is None or row.disabled_at is None:
        raise NotFound("There is no such webhook among those that were removed.")
    row.disabled_at = None
    events.append(session, WEBHOOK_RESTORED, actor=actor, data={"webhook": webhook})


def webhooks(session: Session, *, removed: bool = False) -> list[Webhook]:
    """Those that are told, or those that were removed; the first one first."""
    state = Webhook.disabled_at.is_not(None) if removed else Webhook.disabled_at.is_(None)
    return list(session.scalars(select(Webhook).where(state).order_by(Webhook.id)))


def get_webhook(session: Session, name: str) -> Webhook:
    """The webhook with this id, removed or not. Raises NotFound."""
    row = session.get(Webhook, name)
    if row is None:
        raise NotFound("There is no such webhook: look at the list of them.")
    return row


def announce(
    session: Session, kind: Kind, messages: Sequence[tuple[str, Mapping[str, Any]]]
) -> None:
    """Write each message, a community and a body, for every webhook of it that wants `kind`.

    A body is JSON, told after the message's own id, kind and time; it holds no words.
    """
    communities = {community for community, _ in messages}
    query = select(Webhook).where(Webhook.community.in_(communities), Webhook.disabled_at.is_(None))
    wanting = [webhook for webhook in session.scalars(query) if kind in webhook.events]
    at = wire.iso(utcnow())
    for community, body in messages:
        for webhook in wanting:
            if webhook.community == community:
                name = new_id()
                payload = {"delivery": name, "type": kind, "at": at, **body}
                session.add(Outbox(id=name, webhook=webhook.id, kind=kind, payload=payload))


def is_due(session: Session, now: datetime, busy: Collection[str] = ()) -> bool:
    """Whether any message waits to be sent, but for those to webhooks that are `busy`."""
    query = select(Outbox.id).where(Outbox.next_attempt_at <= now, Outbox.webhook.not_in(busy))
    return session.scalar(query.limit(1)) is not None


def waiting(session: Session, now: datetime) -> tuple[int, timedelta]:
    """Messages that nobody has received yet, and for how long the first of them waits."""
    unsettled = Outbox.next_attempt_at.is_not(None)
    query = select(func.count(Outbox.id), func.min(Outbox.created_at)).where(unsettled)
    count, oldest = session.execute(query).one()
    return count, timedelta() if oldest is None else max(timedelta(), now - oldest)


def claim(
    session: Session,
    now: datetime,
    *,
    lease: timedelta,
    limit: int,
    per_webhook: int,
    busy: Collection[str] = (),
) -> list[Delivery]:
    """Take messages that are due, the oldest first; nobody else gets them for `lease`.

    At most `limit`, at most `per_webhook` for one webhook, none for those that are `busy`:
    one slow receiver must not keep the others waiting.
    """
    query = (
        select(Outbox, Webhook)
        .join(Webhook, Webhook.id == Outbox.webhook)
        .where(Outbox.next_attempt_at <= now, Outbox.webhook.not_in(busy))
        .order_by(Outbox.next_attempt_at)
        .limit(_LOOK_AT)
    )
    taken: list[Delivery] = []
    counts: dict[str, int] = {}
    for row, webhook in session.execute(query).all():
        if webhook.disabled_at is not None:
            row.next_attempt_at, row.last_error = None, "the webhook was removed"
            continue
        if len(taken) >= limit or counts.get(webhook.id, 0) >= per_webhook:
            continue
        counts[webhook.id] = counts.get(webhook.id, 0) + 1
        row.attempts += 1
        row.next_attempt_at = now + lease
        taken.append(
            Delivery(
                *(row.id, webhook.id, webhook.url, webhook.secret),
                *(row.kind, row.payload, row.attempts, now + lease),
            )
        )
    return taken


def delivered(session: Session, delivery: Delivery, at: datetime) -> None:
    """Settle a message that was received, unless it is to be sent again all the same."""
    row = _claimed(session, delivery)
    if row is not None:
        row.delivered_at, row.next_attempt_at, row.last_error = at, None, ""


def failed(session: Session, delivery: Delivery, error: str, again_at: datetime | None) -> None:
    """Note a failed attempt; try again at `again_at`, or never, or when that was settled since."""
    row = _claimed(session, delivery)
    if row is not None:
        row.next_attempt_at, row.last_error = again_at, error


def _claimed(session: Session, delivery: Delivery) -> Outbox | None:
    """The row, if nobody has asked for the message or claimed it since."""
    row = session.get(Outbox, delivery.id)
    return row if row is not None and row.next_attempt_at == delivery.until else None


def messages(session: Session, webhook: str, limit: int) -> list[Outbox]:
    """The newest messages of a webhook. Raises NotFound."""
    query = select(Outbox).where(Outbox.webhook == get_webhook(session, webhook).id)
    return list(session.scalars(query.order_by(Outbox.id.desc()).limit(limit)))


def resend(session: Session, message: str) -> Outbox:
    """Make a message due again, as it was, with as many attempts as a new one. Raises NotFound."""
    row = session.get(Outbox, message)
    if row is None:
        raise NotFound("There is no such message, or it was swept after its days.")
    row.attempts, row.next_attempt_at, row.delivered_at = 0, utcnow(), None
    return row
