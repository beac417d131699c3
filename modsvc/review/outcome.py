"""What holds for a text in the end: the policy's decision, or what people made of it.

In: a content's decision and its items. Out: a `ContentState`. Adjudications and appeals
outrank first reviews, the latest of them counts; second reviews only ask for an adjudication.
Telling others when it changes is left to whoever gives `modsvc.review.resolve` an `OnChanged`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.errors import NotFound, NotPermitted
from modsvc.store import decisions
from modsvc.store.tables import Content, Decision, Item
from modsvc.types import Action

Status = Literal["decided", "pending", "upheld", "overturned", "escalated"]


@dataclass(frozen=True, slots=True)
class ContentState:
    """`action` is what to do with the text now; `status` says who has spoken.

    `decided`: the policy alone, and nobody is asked; `pending`: the policy, and people have
    yet to look; `upheld` and `overturned`: people; `escalated`: people who pass it on, and
    `action` is as before until a lead resolves it. `item` is the item that counted, and
    `categories` are those that its reviewer gave, None where they gave none.
    """

    content: str
    decision: str
    action: Action
    status: Status
    item: str | None = None
    categories: tuple[str, ...] | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A content's state before and after somebody (`actor`, an account's id) did something."""

    content: str
    item: str
    actor: str
    before: ContentState
    after: ContentState


#: Is called in the transaction that makes the change, so that what it writes is kept with it.
OnChanged = Callable[[Session, Change], None]


def tell_nobody(session: Session, change: Change) -> None:
    """The `OnChanged` of those who have nobody to tell."""


def state_of(session: Session, content: str) -> ContentState:
    """What holds for one content version (its `Content.id`). Raises NotPermitted before that."""
    decision = decisions.latest(session, content)
    if decision is None:
        raise NotPermitted("Nothing is decided about this text yet: wait for the decision.")
    return state(decision, session.scalars(select(Item).where(Item.content == content)))


def state(decision: Decision, items: Iterable[Item]) -> ContentState:
    """What follows from the last decision about a content and all of its items.

    What people said of a text stands, also against a later decision of a policy.
    """
    about = list(items)
    resolved = spoken(about)
    action = _action(decision)
    for item in resolved:
        action = _after(item, action)
    if resolved:
        last = resolved[-1]
        given = last.corrected_categories
        return ContentState(
            content=decision.content,
            decision=decision.id,
            action=action,
            status=_STATUS[last.resolution or "escalate"],
            item=last.id,
            categories=None if given is None else tuple(given),
            at=last.resolved_at,
        )
    waits = action == "review" or any(item.kind in _RANK for item in about)
    status: Status = "pending" if waits else "decided"
    return ContentState(decision.content, decision.id, action, status, at=decision.decided_at)


def spoken(items: Iterable[Item]) -> list[Item]:
    """The resolved items that bear on a content's state; the last of them is what counts."""
    return sorted(
        (item for item in items if item.kind in _RANK and item.state == "resolved"), key=_rank
    )


def settled(items: Iterable[Item]) -> Item | None:
    """The item that counts; None while somebody still has to say, or passed it on."""
    about = list(items)
    if any(item.kind == "adjudication" and item.state != "resolved" for item in about):
        return None
    said = spoken(about)
    return said[-1] if said and said[-1].resolution != "escalate" else None


def text_of(session: Session, content: str) -> Content:
    """The content version with this id. Raises NotFound."""
    found = session.get(Content, content)
    if found is None:
        raise NotFound("There is no such content.")
    return found


_RANK = {"first": 0, "appeal": 1, "adjudication": 1}
_STATUS: dict[str, Status] = {
    "uphold": "upheld",
    "overturn": "overturned",
    "escalate": "escalated",
}


def _rank(item: Item) -> tuple[int, float]:
    return _RANK[item.kind], item.resolved_at.timestamp() if item.resolved_at else 0.0


def _action(decision: Decision) -> Action:
    known: dict[str, Action] = {"allow": "allow", "withhold": "withhold"}
    return known.get(decision.action, "review")


def _after(item: Item, before: Action) -> Action:
    if item.resolution == "uphold":
        return "withhold"
    if item.resolution == "overturn":
        return "allow"
    # A lead who passes it on, outside of the desk, does not want it seen meanwhile.
    return "withhold" if item.kind == "adjudication" else before
