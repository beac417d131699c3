"""The same text again: what a pile-on pastes, found so that one look settles all of it.

In: an item. Out: the free items of the same community whose texts are the same once both are
brought into one form; under which parent each of them stands is for the reviewer to weigh.
Resolving them is left to `modsvc.review.resolve`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from modsvc.engine.normalise import normalise
from modsvc.review.queue import is_for, is_free
from modsvc.store.columns import utcnow
from modsvc.store.tables import Account, Content, Item

#: Items that one resolution may settle.
MAX_COPIES: Final = 1000

#: Disguised copies are looked for among so many items before, and as many after: bringing a
#: text into one form takes its time.
_NEIGHBOURS: Final = 500

#: ... and among texts that differ at most by so much in length.
_LENGTHS: Final = (0.5, 2.0)


class Copy(NamedTuple):
    """An item about the same text; `same_parent` when it answers the same text, too."""

    item: str
    content: str
    same_parent: bool
    created_at: datetime


def find(
    session: Session,
    account: Account,
    item: str,
    *,
    among: Sequence[str] | None = None,
    now: datetime | None = None,
) -> list[Copy]:
    """First reviews of the same text that this account could claim, the oldest first.

    Those with exactly this text are found wherever they are, disguised ones among its
    neighbours in time, or among the items that are named.
    """
    query = select(Item, Content).join(Content, Content.id == Item.content)
    own = session.execute(query.where(Item.id == item)).first()
    if own is None or own.Content.text is None:
        return []
    wanted = _form(own.Content.text)
    length = func.length(Content.text)
    shortest, longest = (factor * len(own.Content.text) for factor in _LENGTHS)
    columns = Item.id, Content.id, Content.parent_sha256, Item.created_at, Content.text
    alike = (
        select(*columns)
        .join(Content, Content.id == Item.content)
        .where(
            Item.id != item,
            Item.kind == "first",
            Item.language == own.Item.language,
            Item.community == own.Item.community,
            is_free(now or utcnow()),
            *is_for(account),
        )
    )
    near = alike.where(length.between(shortest, longest))
    if among is not None:
        searched = [near.where(Item.id.in_(list(among)))]
    else:
        at = own.Item.created_at
        searched = [
            alike.where(Content.text_sha256 == own.Content.text_sha256).limit(MAX_COPIES),
            near.where(Item.created_at < at).order_by(Item.created_at.desc()).limit(_NEIGHBOURS),
            near.where(Item.created_at >= at).order_by(Item.created_at).limit(_NEIGHBOURS),
        ]
    rows: dict[str, Row[str, str, str | None, datetime, str | None]] = {
        row[0]: row for query in searched for row in session.execute(query)
    }
    found = [
        Copy(copy, content, parent == own.Content.parent_sha256, created_at)
        for copy, content, parent, created_at, text in rows.values()
        if text is not None and (text == own.Content.text or _form(text) == wanted)
    ]
    return sorted(found, key=lambda copy: (copy.created_at, copy.item))[:MAX_COPIES]


def _form(text: str) -> str:
    """As the model reads it, in small letters."""
    return normalise(text).casefold()
