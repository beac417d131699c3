"""Forgetting: the words of a text, and of what people wrote about it, are deleted for good.

In: a content, an author, or versions whose time is over. Out: how many versions still had their
words, with an event each. Keyed hashes, decisions and events stay, and the chain verifies. What is
left of the words in the database's files is taken out by `Database.scrub`; when a text's days are
over is left to `modsvc.store.retention`. What waits to be decided on waits no more: without words
there is nothing to decide.
"""

from collections.abc import Sequence
from typing import Final, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from modsvc.store import events, items, waiting
from modsvc.store.columns import utcnow
from modsvc.store.events import Happening
from modsvc.store.keys import keys_of
from modsvc.store.tables import Appeal, Content, Item

ERASED: Final = "erased"
NOTE_ERASED: Final = "note_erased"

Reason = Literal["content", "author", "retention"]

#: Ids in one statement; SQLite takes some thousands.
_AT_ONCE: Final = 500


def erase(session: Session, community: str, content_id: str, *, actor: str) -> int:
    """Delete the words of every version of one content; how many versions still had them."""
    found = select(Content.id).where(
        Content.community == community,
        Content.content_id == content_id,
        Content.erased_at.is_(None),
    )
    return erase_versions(session, session.scalars(found).all(), actor=actor, reason="content")


def erase_author(
    session: Session, author_id: str, *, actor: str, community: str | None = None
) -> int:
    """Delete the words of everything one author sent, in one community or in all of them.

    Returns how many versions still had them.
    """
    found = select(Content.id).where(
        Content.author_key == keys_of(session).author_key(author_id),
        Content.erased_at.is_(None),
    )
    if community is not None:
        found = found.where(Content.community == community)
    return erase_versions(session, session.scalars(found).all(), actor=actor, reason="author")


def erase_versions(session: Session, contents: Sequence[str], *, actor: str, reason: Reason) -> int:
    """Delete text, parent and address of these versions, and what people wrote of them; say so.

    Appeals and reviewers' notes may quote a text. `contents` are `Content.id`s that still have
    their words. Hashes stay, and prove later what a text that someone kept was.
    """
    for start in range(0, len(contents), _AT_ONCE):
        some = contents[start : start + _AT_ONCE]
        session.execute(
            update(Content)
            .where(Content.id.in_(some))
            .values(text=None, parent_text=None, url=None, erased_at=utcnow())
        )
        session.execute(
            update(Appeal).where(Appeal.content.in_(some)).values(words=None, contact=None)
        )
        _erase_notes(session, some, actor)
        waiting.remove(session, some)
        events.append_all(
            session,
            [
                Happening(kind=ERASED, actor=actor, content=content, data={"reason": reason})
                for content in some
            ],
        )
    return len(contents)


def _erase_notes(session: Session, contents: Sequence[str], actor: str) -> None:
    """Take the notes of reviews away; the record vouches for the items without them."""
    noted = session.scalars(select(Item).where(Item.content.in_(contents), Item.note != "")).all()
    for item in noted:
        item.note = ""
    session.flush()
    events.append_all(
        session,
        [
            Happening(
                kind=NOTE_ERASED,
                actor=actor,
                content=item.content,
                item=item.id,
                data=items.vouched(session, item),
            )
            for item in noted
        ],
    )
