"""All that is stored about one content: its versions, decisions, reviews, appeals and events.

In: a session, a community and a content id. Out: a `Case` of rows, and `Case.facts`, the same
as plain JSON, from which `restored` makes the rows again. People are named by their ids, as
they are stored; how to reach an appellant is left out. Checking is left to `case_checks`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from modsvc.errors import NotFound
from modsvc.store import contents, events
from modsvc.store.columns import UtcDateTime, utc_text
from modsvc.store.tables import Appeal, Base, Content, Decision, Event, Item, PolicyVersion

Row = TypeVar("Row", bound=Base)
Kept = TypeVar("Kept", Decision, Item, Appeal)

_REVIEW_COLUMNS: Final = (
    *("id", "content", "decision", "kind", "first", "state", "language", "category"),
    *("resolution", "corrected_categories", "note", "resolved_by", "created_at", "resolved_at"),
)
_APPEAL_COLUMNS: Final = (
    *("id", "content", "item", "review", "words", "state", "outcome", "created_at", "resolved_at"),
)
_POLICY_COLUMNS: Final = ("version", "sha256", "document", "author", "created_at", "activated_at")


@dataclass(frozen=True, slots=True)
class Case:
    """The rows, each kind in the order in which it came about."""

    contents: Sequence[Content]
    decisions: Sequence[Decision]
    reviews: Sequence[Item]
    appeals: Sequence[Appeal]
    policies: Sequence[PolicyVersion]
    events: Sequence[Event]

    @classmethod
    def read(cls, session: Session, community: str, content_id: str) -> Self:
        """Raises NotFound when there is no such content."""
        versions = contents.versions(session, community, content_id)
        if not versions:
            raise NotFound(
                "There is no such content: check its id, and its community if it has one."
            )
        ids = [version.id for version in versions]
        decisions = _rows(session, Decision, Decision.content.in_(ids))
        reviews = _rows(session, Item, Item.content.in_(ids))
        used = {decision.policy_version for decision in decisions}
        policies = select(PolicyVersion).where(PolicyVersion.version.in_(used))
        about = or_(Event.content.in_(ids), Event.item.in_([item.id for item in reviews]))
        return cls(
            versions,
            decisions,
            reviews,
            _rows(session, Appeal, Appeal.content.in_(ids)),
            session.scalars(policies.order_by(PolicyVersion.version)).all(),
            session.scalars(select(Event).where(about).order_by(Event.seq)).all(),
        )

    @classmethod
    def restored(cls, facts: Mapping[str, Any], written: Sequence[Mapping[str, Any]]) -> Self:
        """The rows that can be checked, from `facts` and `event_facts`.

        Raises KeyError, TypeError or ValueError where those have another shape.
        """
        return cls(
            [_restore(Content, row) for row in facts["versions"]],
            [_restore(Decision, row) for row in facts["decisions"]],
            [],
            [],
            [],
            [_restore(Event, row) for row in written],
        )

    def facts(self) -> dict[str, Any]:
        """Everything but the events, as JSON."""
        latest = self.contents[-1]
        return {
            "community": latest.community,
            "content_id": latest.content_id,
            "versions": [_version(content) for content in self.contents],
            "decisions": [_fields(decision) for decision in self.decisions],
            "reviews": [_fields(item, _REVIEW_COLUMNS) for item in self.reviews],
            "appeals": [_fields(appeal, _APPEAL_COLUMNS) for appeal in self.appeals],
            "policies": [_fields(policy, _POLICY_COLUMNS) for policy in self.policies],
        }


def event_facts(event: Event) -> dict[str, Any]:
    """One event as JSON."""
    return _fields(event)


def _version(content: Content) -> dict[str, Any]:
    # The stored hashes are keyed; these are what anyone can compute from the words.
    plain = {
        f"{name}_plain_sha256": None if words is None else events.sha256(words)
        for name, words in (("text", content.text), ("parent", content.parent_text))
    }
    return _fields(content) | plain


def _fields(row: Base, names: Sequence[str] | None = None) -> dict[str, Any]:
    columns = names or [column.key for column in row.__table__.columns]
    return {name: _plain(getattr(row, name)) for name in columns}


def _plain(value: Any) -> Any:
    return utc_text(value) if isinstance(value, datetime) else value


def _restore(kind: type[Row], fields: Mapping[str, Any]) -> Row:
    return kind(
        **{column.key: _typed(column.type, fields[column.key]) for column in kind.__table__.columns}
    )


def _typed(kind: TypeEngine[Any], value: Any) -> Any:
    is_time = isinstance(kind, UtcDateTime) and value is not None
    return datetime.fromisoformat(value) if is_time else value


def _rows(session: Session, kind: type[Kept], condition: Any) -> Sequence[Kept]:
    return session.scalars(select(kind).where(condition).order_by(kind.id)).all()
