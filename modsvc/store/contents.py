"""The texts: each version kept once, found again, and erased for good.

In: what a platform says of a text, within a write transaction. Out: `Content` rows, each with
its `received` event, which holds the hashes that prove the row, and after an erasure an
`erased` event. Scoring and deciding are left to the pipeline, decisions to
`modsvc.store.decisions`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased

from modsvc.store import events
from modsvc.store.columns import storable, utc_text
from modsvc.store.events import Happening
from modsvc.store.keys import Keys, keys_of
from modsvc.store.tables import Content

RECEIVED: Final = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text as a platform sends it; `author_id` is theirs and is never stored."""

    content_id: str
    text: str
    community: str = ""
    parent_text: str | None = None
    language: str | None = None
    author_id: str | None = None
    url: str | None = None
    created_at: datetime | None = None


class Put(NamedTuple):
    """The version that holds a draft; `created` is false when it was there already."""

    content: Content
    created: bool


def put(session: Session, draft: Draft, *, actor: str) -> Put:
    """Keep a draft: as a new version where text or parent differ from the latest one's.

    A text that was erased and is sent again unchanged stays erased. Raises ChainBroken.
    """
    return put_all(session, [(draft, actor)])[0]


def put_all(session: Session, drafts: Sequence[tuple[Draft, str]]) -> list[Put]:
    """Keep several drafts, each with its actor, in order and at a fraction of the cost."""
    keys = keys_of(session)
    latest = _latest(session, {(draft.community, draft.content_id) for draft, _ in drafts})
    made = []
    for draft, actor in drafts:
        place = draft.community, draft.content_id
        before = latest.get(place)
        content = _version(keys, draft, 1 if before is None else before.version + 1)
        if before is not None and _hashes(before) == _hashes(content):
            made.append((Put(before, False), actor))
            continue
        latest[place] = content
        made.append((Put(content, True), actor))
    session.add_all(put.content for put, _ in made if put.created)
    events.append_all(session, [_received(put, actor) for put, actor in made if put.created])
    return [put for put, _ in made]


def get(
    session: Session, community: str, content_id: str, version: int | None = None
) -> Content | None:
    """One version, the latest unless told; None when there is none."""
    query = select(Content).where(Content.community == community, Content.content_id == content_id)
    if version is not None:
        query = query.where(Content.version == version)
    return session.scalars(query.order_by(Content.version.desc()).limit(1)).first()


def versions(session: Session, community: str, content_id: str) -> list[Content]:
    """All versions, the first one first."""
    query = select(Content).where(Content.community == community, Content.content_id == content_id)
    return list(session.scalars(query.order_by(Content.version)))


def record_sha256(content: Content) -> str:
    """A hash of all that stays of a content when its words are erased."""
    return events.sha256(events.canonical(_record(content)))


_PLACE: Final = tuple_(Content.community, Content.content_id)
_OTHER: Final = aliased(Content)

#: Made once: making it took an eighth of the time of keeping a text.
_LATEST: Final = select(Content).where(
    Content.version
    == select(func.max(_OTHER.version))
    .where(_OTHER.community == Content.community, _OTHER.content_id == Content.content_id)
    .scalar_subquery()
)


def _latest(
    session: Session, places: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Content]:
    """The latest version at each of these places (community and content id), if any."""
    found = session.scalars(_LATEST.where(_PLACE.in_(list(places))))
    return {(content.community, content.content_id): content for content in found}


def _version(keys: Keys, draft: Draft, version: int) -> Content:
    parent = draft.parent_text
    return Content(
        community=draft.community,
        content_id=draft.content_id,
        version=version,
        text=storable(draft.text),
        text_sha256=keys.text_sha256(draft.text),
        parent_text=None if parent is None else storable(parent),
        parent_sha256=None if parent is None else keys.text_sha256(parent),
        language=draft.language,
        author_key=None if draft.author_id is None else keys.author_key(draft.author_id),
        url=draft.url,
        created_at=draft.created_at,
    )


def _hashes(content: Content) -> tuple[str, str | None]:
    return content.text_sha256, content.parent_sha256


def _received(put: Put, actor: str) -> Happening:
    content = put.content
    data = {"version": content.version, "record_sha256": record_sha256(content)}
    return Happening(kind=RECEIVED, actor=actor, content=content.id, data=data)


def _record(content: Content) -> dict[str, Any]:
    return {
        "author_key": content.author_key,
        "community": content.community,
        "content_id": content.content_id,
        "created_at": utc_text(content.created_at),
        "id": content.id,
        "language": content.language,
        "parent_sha256": content.parent_sha256,
        "received_at": utc_text(content.received_at),
        "text_sha256": content.text_sha256,
        "version": content.version,
    }
