"""One item as its reviewer sees it: the text, where it stands, and why it was flagged.

In: an item and who asks. Out: an `ItemView`. Golden items and second reviews look like any
first review, and a second reviewer learns nothing of what the first one said. Blurring,
masking and drawing are left to the desk.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from modsvc.errors import NotFound, NotPermitted
from modsvc.review import appeals
from modsvc.review.words import Shown
from modsvc.store.tables import Account, Appeal, Content, Decision, GoldenItem, Item

#: Roles that may look at what others hold or have resolved.
_SEES_ALL = ("lead", "auditor", "admin")


@dataclass(frozen=True, slots=True)
class AuthorHistory:
    """What else is known of an author, by keyed hash, this content left out."""

    contents: int
    flagged: int
    upheld: int
    overturned: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What somebody said of the same text before; for leads who settle it."""

    kind: str
    resolution: str
    categories: list[str] | None
    note: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with all that bears on it. `text` and `parent_text` are None once erased.

    `content` and `decision` are None for golden items: nothing is to be made of that. `author`
    is None where the platform named none.
    """

    item: Item
    shown: Shown
    text: str | None
    parent_text: str | None
    content: Content | None
    decision: Decision | None
    author: AuthorHistory | None
    appeal: Appeal | None
    earlier: tuple[Earlier, ...]


def look(session: Session, account: Account, item: str) -> ItemView:
    """What this account may see of an item: its holder and its reviewer see it, leads see all.

    Raises NotFound, NotPermitted.
    """
    found = session.get(Item, item)
    if found is None:
        raise NotFound("There is no such item.")
    own = account.id in (found.lease_owner, found.resolved_by)
    if not own and account.role not in _SEES_ALL:
        raise NotPermitted("Claim this item before you look at it.")
    if found.golden is not None:
        text = session.get_one(GoldenItem, found.golden).text
        return ItemView(found, "review", text, None, None, None, None, None, ())
    content = session.get_one(Content, found.content)
    appeal = appeals.of_item(session, found)
    return ItemView(
        item=found,
        shown=_shown(found, appeal),
        text=content.text,
        parent_text=content.parent_text,
        content=content,
        decision=session.get(Decision, found.decision),
        author=author_history(session, content),
        appeal=appeal,
        earlier=tuple(_earlier(session, found)) if found.kind == "adjudication" else (),
    )


def author_history(session: Session, content: Content) -> AuthorHistory | None:
    """How the other contents of this content's author fared; None where none is known."""
    if content.author_key is None:
        return None
    others = (Content.author_key == content.author_key, Content.content_id != content.content_id)
    total = session.scalar(select(func.count(Content.id)).where(*others))
    reviewed = (
        select(Item.resolution, func.count(Item.id))
        .join(Content, Content.id == Item.content)
        .where(*others, Item.kind == "first")
        .group_by(Item.resolution)
    )
    seen: Counter[str | None] = Counter()
    for resolution, count in session.execute(reviewed):
        seen[resolution] = count
    return AuthorHistory(total or 0, seen.total(), seen["uphold"], seen["overturn"])


def _shown(item: Item, appeal: Appeal | None) -> Shown:
    if item.kind == "adjudication":
        return "adjudication"
    return "review" if appeal is None else "appeal"


def _earlier(session: Session, item: Item) -> list[Earlier]:
    """What was said before of the text that this adjudication is about, the first one first."""
    query = (
        select(Item, Account.name)
        .join(Account, Account.id == Item.resolved_by)
        .where(Item.content == item.content, Item.state == "resolved", Item.id != item.id)
        .order_by(Item.resolved_at)
    )
    return [
        Earlier(
            kind=before.kind,
            resolution=before.resolution or "",
            categories=before.corrected_categories,
            note=before.note,
            by=name,
            at=before.resolved_at,
        )
        for before, name in session.execute(query)
    ]
