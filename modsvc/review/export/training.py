"""Reviewed texts as training data, in the schema of the corpus.

In: contents that people have settled and whose texts are still kept. Out: one record a text
with the corpus's columns, its labels as in `modsvc.review.verdicts`, and beside them how it was
settled and until when the text may be kept. Appeals and leads outrank first reviews; of two blind
reviews with one verdict, labels on which they differ are left open. What is disputed or escalated
is left out, and so are golden items. Texts are normalised, so that handles, links,
addresses and telephone numbers stay behind. De-duplicating and dividing are left to `training`,
which reads this as one more source.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from modsvc.engine.normalise import normalise
from modsvc.labels import LABELS
from modsvc.review.export.weights import Settled, Trust, how_settled, second_of
from modsvc.review.outcome import settled
from modsvc.review.verdicts import labels
from modsvc.store.columns import utcnow
from modsvc.store.keys import keys_of
from modsvc.store.tables import Content, Decision, Item

#: As `training.corpus.FEATURES` (a test compares the two), and two more.
TRAINING_COLUMNS: Final = {
    **dict.fromkeys(("row_id", "text", "parent", "language", "source"), "string"),
    **dict.fromkeys(("tier", "split", "group"), "string"),
    "weak": "bool",
    "weight": "float32",
    **dict.fromkeys(LABELS, "int8"),
    **dict.fromkeys(("settled", "kept_until"), "string"),
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
    kept_days: int | None = None,
    community: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Texts that were settled in this time (`until` excluded), in the order they came in.

    `kept_days` is how long texts are kept: what is older is left out, though it may still be
    there; None where nothing limits that. `group` holds an author's texts together, or a content's
    versions where no author is known, under a name that occurs nowhere else.
    """
    resolved = exists().where(Item.content == Content.id, Item.state == "resolved")
    query = (
        select(Content)
        .where(Content.text.is_not(None), resolved)
        .order_by(Content.id)
        .limit(_AT_ONCE)
    )
    if kept_days is not None:
        query = query.where(Content.received_at >= utcnow() - timedelta(days=kept_days))
    if community is not None:
        query = query.where(Content.community == community)
    rows, after = _Rows(session, since, until, kept_days), ""
    while found := session.scalars(query.where(Content.id > after)).all():
        yield from rows.of(found)
        after = found[-1].id


class _Rows:
    """Contents → rows, for one export."""

    def __init__(
        self,
        session: Session,
        since: datetime | None,
        until: datetime | None,
        kept_days: int | None,
    ) -> None:
        self._session = session
        self._since, self._until, self._kept_days = since, until, kept_days
        self._keys, self._trust = keys_of(session), Trust.read(session)

    def of(self, found: Sequence[Content]) -> Iterator[dict[str, Any]]:
        """The rows of those of these contents that were settled in the time."""
        items: dict[str | None, list[Item]] = defaultdict(list)
        reasons: dict[str | None, list[str]] = {}
        query = (
            select(Item, Decision.reason_codes)
            .join(Decision, Decision.id == Item.decision)
            .where(Item.content.in_([content.id for content in found]))
        )
        for item, codes in self._session.execute(query):
            items[item.content].append(item)
            reasons[item.id] = codes
        for content in found:
            about = items[content.id]
            counts = settled(about)
            if counts is not None and _in_time(counts, self._since, self._until):
                said = _labels(counts, second_of(counts, about), reasons[counts.id])
                yield self._row(content, counts, how_settled(counts, about), said)

    def _row(
        self, content: Content, item: Item, how: Settled, said: Mapping[str, int | None]
    ) -> dict[str, Any]:
        together = content.author_key or f"{content.community}\0{content.content_id}"
        return {
            "row_id": f"{SOURCE}-{self._keys.seal('training row', content.id)[:32]}",
            "text": normalise(content.text or ""),
            "parent": None if content.parent_text is None else normalise(content.parent_text),
            "language": item.language,
            "source": SOURCE,
            "tier": TIER,
            "split": "none",
            "group": self._keys.seal("training group", together)[:32],
            "weak": False,
            "weight": self._trust.weight(item.language, how),
            **said,
            "settled": how,
            "kept_until": self._kept_until(content),
        }

    def _kept_until(self, content: Content) -> str | None:
        if self._kept_days is None:
            return None
        return (content.received_at + timedelta(days=self._kept_days)).date().isoformat()


def _labels(
    counts: Item, second: Item | None, reason_codes: Sequence[str]
) -> Mapping[str, int | None]:
    """What was said; of labels that two people saw differently, nothing."""
    one = labels(counts, reason_codes)
    if second is None or counts.kind != "first":
        return one
    other = labels(second, reason_codes)
    return {name: _same(one[name], other[name]) for name in LABELS}


def _same(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return one if one == other else None


def _in_time(item: Item, since: datetime | None, until: datetime | None) -> bool:
    at = item.resolved_at
    if at is None:
        return False
    return (since is None or at >= since) and (until is None or at < until)
