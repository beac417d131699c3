"""A score and a decision → the rows that keep them.

In: what model and policy said of a stored content. Out: a `Decision` row, and an `Item` row
where people must look. Adding them to the database is left to `modsvc.ingest.keep`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.engine.artifact import Artifact
from modsvc.ingest.severity import severity
from modsvc.labels import CATEGORIES
from modsvc.pipeline import Judgement
from modsvc.review.asking import item_about
from modsvc.store import wire
from modsvc.store.tables import Content as ContentRow
from modsvc.store.tables import Decision as DecisionRow
from modsvc.store.tables import Item
from modsvc.types import Content, Decision, Score


class Made(NamedTuple):
    """What was decided on one new content version; `item` is None where it is allowed."""

    content: ContentRow
    decision: DecisionRow
    item: Item | None
    judgement: Judgement

    @property
    def answer(self) -> dict[str, Any]:
        """What the caller is answered."""
        item = None if self.item is None else self.item.id
        return wire.content_json(self.content, self.decision, item)


def decision_row(
    row: ContentRow, content: Content, score: Score | None, decision: Decision, artifact: Artifact
) -> DecisionRow:
    """All of a decision; a null score says by `score_failed` why there is none."""
    return DecisionRow(
        content=row.id,
        model_version=artifact.model_version,
        calibration_sha256=artifact.manifest.files["calibration.json"].sha256,
        policy_version=decision.policy_version,
        probability=None if score is None else score.probability,
        categories=None if score is None else {name: score.categories[name] for name in CATEGORIES},
        toxic_other=None if score is None else score.toxic_other,
        language=(content.language or "und") if score is None else score.language.code,
        language_confidence=0.0 if score is None else score.language.confidence,
        supported=score is not None and score.supported,
        truncated=score is not None and score.truncated,
        action=decision.action,
        reason_codes=list(decision.reason_codes),
        spans=None if score is None or score.spans is None else _spans(score),
        score_failed=decision.reason_codes[0] if score is None else None,
    )


def item_row(row: ContentRow, decision: DecisionRow) -> Item | None:
    """What is to be reviewed: everything but what is allowed."""
    if decision.action == "allow":
        return None
    return item_about(row, decision, severity(decision))


def known_answers(session: Session, contents: Sequence[ContentRow]) -> dict[str, dict[str, Any]]:
    """By `Content.id`, what is known of these versions; nothing of those that still wait."""
    if not contents:
        return {}
    by_id = {content.id: content for content in contents}
    found = select(DecisionRow).where(DecisionRow.content.in_(by_id)).order_by(DecisionRow.id)
    latest = {decision.content: decision for decision in session.scalars(found)}
    firsts = select(Item.decision, Item.id).where(Item.content.in_(latest), Item.kind == "first")
    items = dict(session.execute(firsts).all())
    withdrawn = {
        name: wire.undecided_json(content)
        for name, content in by_id.items()
        if content.erased_at is not None
    }
    decided = {
        name: wire.content_json(by_id[name], decision, items.get(decision.id))
        for name, decision in latest.items()
    }
    return {**withdrawn, **decided}


def first_item(session: Session, decision: DecisionRow) -> str | None:
    """The id of the item that a decision made; None where nobody was asked."""
    query = select(Item.id).where(
        Item.content == decision.content, Item.decision == decision.id, Item.kind == "first"
    )
    return session.scalar(query.limit(1))


def _spans(score: Score) -> list[dict[str, object]]:
    return [
        {"start": span.start, "end": span.end, "weights": dict(span.weights)}
        for span in score.spans or ()
    ]
