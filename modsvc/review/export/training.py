"""Reviewed texts as training data, in the schema of the corpus.

In: contents that people have settled and whose texts are still kept. Out: one record a text
with the corpus's columns, its labels as in `modsvc.review.verdicts`; what is disputed or
escalated is left out, and so are golden items. Texts are normalised, so that handles, links,
addresses and telephone numbers stay behind. De-duplicating and dividing are left to `training`,
which reads this as one more source.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from modsvc.engine.normalise import normalise
from modsvc.labels import LABELS
from modsvc.review.outcome import spoken
from modsvc.review.verdicts import labels
from modsvc.store.keys import Keys, keys_of
from modsvc.store.tables import Content, Decision, Item

#: As `training.corpus.FEATURES`; a test compares the two.
TRAINING_COLUMNS: Final = {
    **dict.fromkeys(("row_id", "text", "parent", "language", "source"), "string"),
    **dict.fromkeys(("tier", "split", "group"), "string"),
    "weak": "bool",
    **dict.fromkeys(LABELS, "int8"),
}

SOURCE: Final = "reviews"

#: People's posts are nobody's to publish: models that are given away may not learn from them.
TIER: Final = "research"

_AT_ONCE: Final = 500


def training_rows(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    received_since: datetime | None = None,
    community: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Texts that were settled in this time (`until` excluded), in the order they came in.

    `received_since` leaves out what is older: texts whose days are over may still be there.
    `group` holds an author's texts together, or a content's versions where no author is
    known, under a name that occurs nowhere else.
    """
    settled = exists().where(Item.content == Content.id, Item.state == "resolved")
    query = (
        select(Content)
        .where(Content.text.is_not(None), settled)
        .order_by(Content.id)
        .limit(_AT_ONCE)
    )
    if received_since is not None:
        query = query.where(Content.received_at >= received_since)
    if community is not None:
        query = query.where(Content.community == community)
    keys, after = keys_of(session), ""
    while found := session.scalars(query.where(Content.id > after)).all():
        yield from _rows(session, found, keys, since, until)
        after = found[-1].id


def _rows(
    session: Session,
    found: Sequence[Content],
    keys: Keys,
    since: datetime | None,
    until: datetime | None,
) -> Iterator[dict[str, Any]]:
    items: dict[str | None, list[Item]] = defaultdict(list)
    reasons: dict[str | None, list[str]] = {}
    about = [content.id for content in found]
    query = (
        select(Item, Decision.reason_codes)
        .join(Decision, Decision.id == Item.decision)
        .where(Item.content.in_(about))
    )
    for item, codes in session.execute(query):
        items[item.content].append(item)
        reasons[item.id] = codes
    for content in found:
        settled = _settled(items[content.id])
        if settled is not None and _in_time(settled, since, until):
            yield _row(content, settled, reasons[settled.id], keys)


def _settled(items: list[Item]) -> Item | None:
    """The item that counts; None while somebody still has to say."""
    if any(item.kind == "adjudication" and item.state != "resolved" for item in items):
        return None
    said = spoken(items)
    return said[-1] if said and said[-1].resolution != "escalate" else None


def _in_time(item: Item, since: datetime | None, until: datetime | None) -> bool:
    at = item.resolved_at
    if at is None:
        return False
    return (since is None or at >= since) and (until is None or at < until)


def _row(content: Content, item: Item, reason_codes: list[str], keys: Keys) -> dict[str, Any]:
    together = content.author_key or f"{content.community}\0{content.content_id}"
    return {
        "row_id": f"{SOURCE}-{content.id}",
        "text": normalise(content.text or ""),
        "parent": None if content.parent_text is None else normalise(content.parent_text),
        "language": item.language,
        "source": SOURCE,
        "tier": TIER,
        "split": "none",
        "group": keys.seal("training group", together)[:32],
        "weak": False,
        **labels(item, reason_codes),
    }
