"""Stored rows as callers see them: the same in answers and in webhooks, and without words.

In: rows. Out: JSON values. What holds after reviews and appeals is left to
`modsvc.review.outcome`; schemas for the documentation are in `modsvc.api.schemas`.
"""

from datetime import datetime
from typing import Any

from modsvc.store.columns import utc_text
from modsvc.store.tables import Appeal, Content, Decision


def decision_json(decision: Decision) -> dict[str, Any]:
    """A decision, as it was made."""
    return {
        "id": decision.id,
        "action": decision.action,
        "flagged": decision.action != "allow",
        "reason_codes": list(decision.reason_codes),
        "probability": decision.probability,
        "categories": decision.categories,
        "toxic_other": decision.toxic_other,
        "language": decision.language,
        "language_confidence": decision.language_confidence,
        "supported": decision.supported,
        "truncated": decision.truncated,
        "score_failed": decision.score_failed,
        "model_version": decision.model_version,
        "policy_version": decision.policy_version,
        "decided_at": iso(decision.decided_at),
    }


def content_json(content: Content, decision: Decision, item: str | None) -> dict[str, Any]:
    """Which version of which content was decided on, how, and the review item, if any."""
    return {
        "id": content.content_id,
        "community": content.community,
        "version": content.version,
        "decision": decision_json(decision),
        "item": item,
    }


def undecided_json(content: Content) -> dict[str, Any]:
    """A version that nothing is decided about: yet, or ever, where its words are gone."""
    return {
        "id": content.content_id,
        "community": content.community,
        "version": content.version,
        "status": "waiting" if content.erased_at is None else "withdrawn",
        "decision": None,
        "item": None,
    }


def appeal_json(appeal: Appeal, content: Content) -> dict[str, Any]:
    """An appeal and how it ended, if it did."""
    return {
        "id": appeal.id,
        "content_id": content.content_id,
        "community": content.community,
        "version": content.version,
        "state": appeal.state,
        "outcome": appeal.outcome,
        "created_at": iso(appeal.created_at),
        "resolved_at": None if appeal.resolved_at is None else iso(appeal.resolved_at),
    }


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    return utc_text(moment).replace("+00:00", "Z")
