"""What has to hold after a load, whatever happened meanwhile.

In: the record of the database, what callers were answered, what a webhook received. Out: a
sentence for each thing that does not hold; nothing when all is well.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from eval.load.receiver import Receipt
from eval.load.record import Decision, Event, Message, Record
from eval.load.sending import Sent

RESOLUTIONS: Final = {"upheld": "uphold", "overturned": "overturn", "escalated": "escalate"}

#: The community that has a webhook.
TOLD: Final = "told"


class Held(NamedTuple):
    """Who has an item, and until when nobody else gets it."""

    by: str
    until: datetime


def check_texts(record: Record, sent: Sequence[Sent]) -> Iterator[str]:
    """Everything that was answered is there once, as it was answered; and nothing else is.

    What was answered without a decision has one, too.
    """
    rows = defaultdict(list)
    for content in record.contents:
        rows[content.community, content.content_id].append(content)
    decisions = defaultdict(list)
    for decision in record.decisions:
        decisions[decision.content].append(decision)
    firsts = defaultdict(list)
    for item in record.items:
        if item.kind == "first":
            firsts[item.content].append(item.id)
    for one in sent:
        found = rows.pop((one.community, one.id), [])
        if one.alike is False:
            yield f"{one.id} was answered otherwise when it was sent again"
        if one.answer is None:
            yield f"{one.id} was not taken: {one.status or 'no answer'}"
            continue
        if [content.version for content in found] != [1]:
            yield f"{one.id} was answered 202 and is there {len(found)} times"
            continue
        yield from _decided(one, one.answer, decisions[found[0].id], firsts[found[0].id])
    for community, name in rows:
        yield f"{name} in {community!r} is there and was never sent"


def _decided(
    one: Sent, answer: dict[str, Any], made: Sequence[Decision], firsts: Sequence[str]
) -> Iterator[str]:
    answered = answer["decision"]
    if len(made) != 1:
        yield f"{one.id} has {len(made)} decisions"
        return
    [decision] = made
    if answered is None:
        if answer.get("status") != "waiting":
            yield f"{one.id} was answered without a decision, and not that it waits for one"
        elif len(firsts) != (decision.action != "allow"):
            yield f"{one.id} has other items than its decision asks for"
        return
    if (decision.id, decision.action) != (answered["id"], answered["action"]):
        yield f"{one.id} has a decision, and another one than was answered"
    expected = [] if answer["item"] is None else [answer["item"]]
    if firsts != expected or (answered["action"] != "allow") != bool(expected):
        yield f"{one.id} has other items than was answered"


def check_leases(record: Record, lease: timedelta) -> Iterator[str]:
    """Nobody got what another one held, nothing was resolved twice, nothing is held for ever."""
    held: dict[str, Held] = {}
    resolved: dict[str, Event] = {}
    for event in record.events:
        if event.item is None:
            continue
        yield from _step(event, event.item, held, resolved, lease)
    for item in record.items:
        expected = "open"
        if item.id in resolved:
            expected = "resolved"
        elif item.id in held:
            expected = "claimed"
        if item.state != expected:
            yield f"item {item.id} is {item.state}, its events say {expected}"
        if item.state == "claimed" and item.lease_until is None:
            yield f"item {item.id} is claimed for ever"


def check_webhooks(
    messages: Sequence[Message], receipts: Sequence[Receipt], sent: Sequence[Sent], *, patient: bool
) -> Iterator[str]:
    """Each message was delivered, repeats can be told, and there is one for each text.

    Unless `patient`, some may still be on their way.
    """
    by_message = defaultdict(list)
    for receipt in receipts:
        by_message[receipt.message].append(receipt)
        if not receipt.signed:
            yield f"message {receipt.message} came with another signature"
    made: Counter[str] = Counter()
    for message in messages:
        came = by_message.pop(message.id, [])
        if message.kind == "decision.made":
            made[message.payload["content"]["id"]] += 1
        if message.delivered_at is not None and not any(receipt.taken for receipt in came):
            yield f"message {message.id} is settled and was never received"
        if message.delivered_at is None and (patient or message.next_attempt_at is None):
            yield f"message {message.id} was not delivered after {message.attempts} attempts"
        attempts = [receipt.attempt for receipt in came]
        if len(set(attempts)) != len(attempts) or max(attempts, default=0) > message.attempts:
            yield f"message {message.id} came twice under one attempt: {sorted(attempts)}"
    for name in by_message:
        yield f"message {name} came and is not in the outbox"
    told = [one.id for one in sent if one.community == TOLD and one.answer is not None]
    for name in told:
        if made[name] != 1:
            yield f"{made[name]} messages say that {name} was decided on"


def _step(
    event: Event, item: str, held: dict[str, Held], resolved: dict[str, Event], lease: timedelta
) -> Iterator[str]:
    holder = held.get(item)
    is_others = holder is not None and holder.by != event.actor and holder.until > event.at
    where = f"item {item} at event {event.seq}"
    if event.kind == "claimed":
        if item in resolved:
            yield f"{where} was claimed although it was resolved"
        if is_others:
            yield f"{where} was taken from its holder before the lease was over"
        until = datetime.fromisoformat(event.data["lease_until"])
        if until - event.at > lease:
            yield f"{where} was claimed for longer than a lease"
        held[item] = Held(event.actor, until)
    elif event.kind == "released":
        if holder is None or holder.by != event.actor:
            yield f"{where} was given back by somebody who did not hold it"
        held.pop(item, None)
    elif event.kind in RESOLUTIONS:
        is_copy = event.data["copy_of"] is not None
        if item in resolved:
            yield f"{where} was resolved a second time"
        if is_others if is_copy else holder is None or holder.by != event.actor:
            yield f"{where} was resolved by somebody who did not hold it"
        resolved[item] = event
        held.pop(item, None)
    elif event.kind == "undone":
        before = resolved.pop(item, None)
        if before is None or before.actor != event.actor:
            yield f"{where} was undone by somebody who had not resolved it"
        elif before.data["copy_of"] is None:
            held[item] = Held(event.actor, event.at + lease)
