"""Policy versions: kept as they were written, one of them active.

In: documents and versions, within a transaction. Out: `PolicyVersion` rows, and an event for
each draft, activation and roll-back, which names versions and never terms. What a document
means is left to `modsvc.policy`.
"""

from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.errors import Conflict, NotFound
from modsvc.store import events
from modsvc.store.columns import utcnow
from modsvc.store.tables import PolicyVersion

DRAFTED: Final = "policy_drafted"
ACTIVATED: Final = "policy_activated"
ROLLED_BACK: Final = "policy_rolled_back"


class Kept(NamedTuple):
    """The row of a version; `created` is false when it was there already."""

    policy: PolicyVersion
    created: bool


def draft(session: Session, version: str, document: str, *, author: str, note: str = "") -> Kept:
    """Keep a document; one that says the same as a kept one is that one."""
    known = session.get(PolicyVersion, version)
    if known is not None:
        return Kept(known, False)
    row = PolicyVersion(
        version=version,
        document=document,
        sha256=events.sha256(document),
        author=author,
        note=note,
    )
    session.add(row)
    data = {"version": version, "document_sha256": row.sha256}
    events.append(session, DRAFTED, actor=author, data=data)
    return Kept(row, True)


def active(session: Session) -> PolicyVersion | None:
    """The version that holds; None before the first start has chosen one."""
    return session.scalars(select(PolicyVersion).where(PolicyVersion.state == "active")).first()


def active_version(session: Session) -> str | None:
    """The name of the version that holds; cheap enough to ask for every text."""
    query = select(PolicyVersion.version).where(PolicyVersion.state == "active")
    return session.scalar(query)


def get(session: Session, version: str) -> PolicyVersion:
    """One version. Raises NotFound."""
    row = session.get(PolicyVersion, version)
    if row is None:
        raise NotFound("There is no such policy version: look at the list of them.")
    return row


def newest_first(session: Session) -> list[PolicyVersion]:
    """All versions."""
    query = select(PolicyVersion).order_by(
        PolicyVersion.created_at.desc(), PolicyVersion.version.desc()
    )
    return list(session.scalars(query))


def activate(session: Session, version: str, *, actor: str) -> PolicyVersion:
    """Let a draft or a retired version hold from now on. Raises NotFound, Conflict."""
    row = get(session, version)
    if row.state == "active":
        raise Conflict("This version is active already.")
    _replace(session, row, ACTIVATED, actor)
    row.activated_at = utcnow()
    return row


def roll_back(session: Session, *, actor: str) -> PolicyVersion:
    """Let the version hold that held before the active one. Raises Conflict.

    `activated_at` stays as it was, so that rolling back twice goes back by two.
    """
    current = active(session)
    before = None
    if current is not None and current.activated_at is not None:
        earlier = PolicyVersion.activated_at < current.activated_at
        query = select(PolicyVersion).where(PolicyVersion.state == "retired", earlier)
        before = session.scalars(query.order_by(PolicyVersion.activated_at.desc()).limit(1)).first()
    if before is None:
        raise Conflict("No version was active before this one: activate another one instead.")
    _replace(session, before, ROLLED_BACK, actor)
    return before


def _replace(session: Session, row: PolicyVersion, kind: str, actor: str) -> None:
    current = active(session)
    if current is not None:
        current.state = "retired"
        # At most one may be active at any moment, within a transaction too.
        session.flush()
    row.state = "active"
    data = {"version": row.version, "before": None if current is None else current.version}
    events.append(session, kind, actor=actor, data=data)
