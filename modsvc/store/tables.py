"""The tables, alike in SQLite and PostgreSQL.

In: nothing. Out: `metadata` and one mapped class a table; constructors take keywords only.
Rows of `Content`, `Decision`, `Event` and `PolicyVersion` are never changed, except that a
content's text is erased and a policy's state moves on. Changing a table needs a migration
(`modsvc.store.migrations`); a test compares the two. Reading and writing are left to the
modules beside this one and to `modsvc.review`. No relationships are mapped, so a session does
not know which rows have to be there first: flush between new rows that refer to one another.

Ids are UUIDv7 text, times are aware and in UTC. A column named after a table holds that
table's id. `community` is "" where the platform has none. No `repr` shows a column: it might
be someone's words.
"""

from datetime import date, datetime
from typing import Any, ClassVar, dataclass_transform

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from modsvc.store.columns import UtcDateTime, Words, new_id, utcnow

Json = dict[str, Any]

_JSON = JSON(none_as_null=True)

# A busy platform has more events than 32 bits count; SQLite's integers have 64 anyway.
_SEQ = BigInteger().with_variant(Integer, "sqlite")

#: The longest id that a caller may give, in characters.
MAX_ID_CHARS = 255

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# MappedAsDataclass says this too, but without keyword-only.
@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_column,))
class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, repr=False, eq=False):
    """What every table has in common."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        Json: _JSON,
        list[str]: _JSON,
        list[Json]: _JSON,
        dict[str, float]: _JSON,
    }


metadata = Base.metadata


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _id() -> Mapped[str]:
    return mapped_column(String(36), primary_key=True, default_factory=new_id)


class Content(Base):
    """One version of one text of a platform; an edit makes a new version.

    `text` and `parent_text` are null once erased; the keyed hashes stay (`modsvc.store.keys`).
    """

    __tablename__ = "content"
    __table_args__ = (
        Index("uq_content_version", "community", "content_id", "version", unique=True),
        Index(
            "ix_content_kept",
            "received_at",
            sqlite_where=text("erased_at IS NULL"),
            postgresql_where=text("erased_at IS NULL"),
        ),
    )

    id: Mapped[str] = _id()
    community: Mapped[str] = mapped_column(String(MAX_ID_CHARS), default="")
    content_id: Mapped[str] = mapped_column(String(MAX_ID_CHARS))
    version: Mapped[int] = mapped_column(default=1)
    text: Mapped[str | None] = mapped_column(Words)
    text_sha256: Mapped[str] = mapped_column(String(64), index=True)
    parent_text: Mapped[str | None] = mapped_column(Words, default=None)
    parent_sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    language: Mapped[str | None] = mapped_column(String(35), default=None)
    author_key: Mapped[str | None] = mapped_column(String(64), default=None, index=True)
    url: Mapped[str | None] = mapped_column(Words, default=None)
    created_at: Mapped[datetime | None] = mapped_column(default=None)
    received_at: Mapped[datetime] = mapped_column(default_factory=utcnow)
    erased_at: Mapped[datetime | None] = mapped_column(default=None)


class IdempotencyKey(Base):
    """A caller's `Idempotency-Key` and what was answered; `api_key` is "" without one."""

    __tablename__ = "idempotency_key"

    api_key: Mapped[str] = mapped_column(String(36), primary_key=True)
    key: Mapped[str] = mapped_column(String(MAX_ID_CHARS), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    response: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow, index=True)


class Decision(Base):
    """What model and policy said of one content version, and why; never changed.

    Probabilities are calibrated, in [0, 1]; they are null where the model failed, and
    `score_failed` is then the reason. `spans` are as `modsvc.types.Span`.
    """

    __tablename__ = "decision"
    __table_args__ = (_one_of("action", "allow", "review", "withhold"),)

    id: Mapped[str] = _id()
    content: Mapped[str] = mapped_column(ForeignKey("content.id"), index=True)
    model_version: Mapped[str] = mapped_column(String(255))
    calibration_sha256: Mapped[str] = mapped_column(String(64))
    policy_version: Mapped[str] = mapped_column(String(255))
    probability: Mapped[float | None]
    categories: Mapped[dict[str, float] | None]
    toxic_other: Mapped[float | None]
    language: Mapped[str] = mapped_column(String(35))
    language_confidence: Mapped[float]
    supported: Mapped[bool]
    truncated: Mapped[bool] = mapped_column(default=False)
    action: Mapped[str] = mapped_column(String(16))
    reason_codes: Mapped[list[str]]
    spans: Mapped[list[Json] | None] = mapped_column(default=None)
    score_failed: Mapped[str | None] = mapped_column(String(64), default=None)
    decided_at: Mapped[datetime] = mapped_column(default_factory=utcnow, index=True)


class Waiting(Base):
    """A content version that is to be decided on, and is not yet.

    `taken_at` is when a process last took it to decide on it, for the `attempts`-th time.
    """

    __tablename__ = "waiting"

    content: Mapped[str] = mapped_column(ForeignKey("content.id"), primary_key=True)
    since: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    attempts: Mapped[int]


class GoldenItem(Base):
    """A text whose answer is known; mixed into the queue to see how reviews go."""

    __tablename__ = "golden_item"

    id: Mapped[str] = _id()
    text: Mapped[str] = mapped_column(Words)
    language: Mapped[str] = mapped_column(String(35))
    flagged: Mapped[bool]
    categories: Mapped[list[str]]
    note: Mapped[str] = mapped_column(Words, default="")
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)


class Account(Base):
    """A person who signs in to the desk. `daily_cap` is in items, null for none."""

    __tablename__ = "account"
    __table_args__ = (
        _one_of("role", "reviewer", "lead", "auditor", "admin"),
        _one_of("text_size", "normal", "large", "larger"),
    )

    id: Mapped[str] = _id()
    name: Mapped[str] = mapped_column(String(MAX_ID_CHARS), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    languages: Mapped[list[str]] = mapped_column(default_factory=list)
    hidden_categories: Mapped[list[str]] = mapped_column(default_factory=list)
    daily_cap: Mapped[int | None] = mapped_column(default=None)
    disabled: Mapped[bool] = mapped_column(default=False)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(default=None)
    locale: Mapped[str] = mapped_column(String(35), default="en")
    greyscale: Mapped[bool] = mapped_column(default=False)
    text_size: Mapped[str] = mapped_column(String(16), default="normal")
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)


class Item(Base):
    """One thing to review. Higher `severity` comes first; `category` is the strongest one.

    `content` and `decision` are null for golden items alone, which have `golden` instead.
    `first` is the item that a second, appeal or adjudication item looks at again.
    """

    __tablename__ = "item"
    __table_args__ = (
        _one_of("state", "open", "claimed", "resolved"),
        _one_of("kind", "first", "second", "golden", "appeal", "adjudication"),
        _one_of("resolution", "uphold", "overturn", "escalate"),
        CheckConstraint("(content IS NULL) = (kind = 'golden')", name="subject"),
        Index("ix_item_queue", "state", "language", "severity", "created_at"),
        Index("ix_item_lease", "state", "lease_until"),
        Index("ix_item_resolved", "resolved_at"),
    )

    id: Mapped[str] = _id()
    content: Mapped[str | None] = mapped_column(ForeignKey("content.id"), index=True)
    decision: Mapped[str | None] = mapped_column(ForeignKey("decision.id"))
    golden: Mapped[str | None] = mapped_column(ForeignKey("golden_item.id"), default=None)
    first: Mapped[str | None] = mapped_column(ForeignKey("item.id"), default=None, index=True)
    community: Mapped[str] = mapped_column(String(MAX_ID_CHARS), default="")
    language: Mapped[str] = mapped_column(String(35))
    severity: Mapped[float]
    category: Mapped[str | None] = mapped_column(String(64), default=None)
    state: Mapped[str] = mapped_column(String(16), default="open")
    kind: Mapped[str] = mapped_column(String(16), default="first")
    lease_owner: Mapped[str | None] = mapped_column(ForeignKey("account.id"), default=None)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    resolution: Mapped[str | None] = mapped_column(String(16), default=None)
    corrected_categories: Mapped[list[str] | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(Words, default="")
    resolved_by: Mapped[str | None] = mapped_column(ForeignKey("account.id"), default=None)
    resolved_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)


class Event(Base):
    """Something that happened; append-only and chained (`modsvc.store.events`).

    `seq` counts from 1 without gaps. `actor` is an account's or API key's id, or "system".
    `hash` covers the other columns and the hash of the event before; `mac` seals it.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index(
            "ix_event_drift",
            "at",
            sqlite_where=text("kind = 'drift_alarm'"),
            postgresql_where=text("kind = 'drift_alarm'"),
        ),
    )

    seq: Mapped[int] = mapped_column(_SEQ, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(64))
    content: Mapped[str | None] = mapped_column(ForeignKey("content.id"), index=True)
    item: Mapped[str | None] = mapped_column(ForeignKey("item.id"), index=True)
    actor: Mapped[str] = mapped_column(String(64))
    data: Mapped[Json]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))


class ChainHead(Base):
    """The last event's `seq` and `hash`, sealed: one row, with the id 1."""

    __tablename__ = "chain_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(_SEQ)
    hash: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))


class PolicyVersion(Base):
    """A policy document as it was written (YAML); at most one is active."""

    __tablename__ = "policy_version"
    __table_args__ = (
        _one_of("state", "draft", "active", "retired"),
        Index(
            "uq_policy_version_active",
            "state",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )

    version: Mapped[str] = mapped_column(String(255), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="draft")
    note: Mapped[str] = mapped_column(Words, default="")
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)
    activated_at: Mapped[datetime | None] = mapped_column(default=None)


class ShadowCount(Base):
    """What a candidate model would have decided otherwise than the active one, on one day (UTC).

    `same` have the same action; `more` are flagged by the candidate alone, `fewer` by the active
    one alone; the rest has another action. `difference` is the sum of |candidate - active| of the
    probability of misogyny, `histogram` counts candidate - active in equal bins of [-1, 1].
    """

    __tablename__ = "shadow_count"

    day: Mapped[date] = mapped_column(primary_key=True)
    active: Mapped[str] = mapped_column(String(255), primary_key=True)
    candidate: Mapped[str] = mapped_column(String(255), primary_key=True)
    language: Mapped[str] = mapped_column(String(35), primary_key=True)
    texts: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    more: Mapped[int] = mapped_column(default=0)
    fewer: Mapped[int] = mapped_column(default=0)
    difference: Mapped[float] = mapped_column(default=0.0)
    histogram: Mapped[list[int]] = mapped_column(_JSON, default_factory=list)


class DeskSession(Base):
    """A desk sign-in; `id_hash` is the SHA-256 of the cookie's value."""

    __tablename__ = "desk_session"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    csrf_secret: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)


class Identity(Base):
    """Who an account is at an OpenID provider: bound at the first sign-in by it, and kept."""

    __tablename__ = "identity"
    __table_args__ = (Index("uq_identity_subject", "issuer", "subject", unique=True),)

    account: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)


class Exposure(Base):
    """How many items a person looked at on one day (UTC), and how many were severe."""

    __tablename__ = "exposure"

    account: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    viewed: Mapped[int] = mapped_column(default=0)
    severe: Mapped[int] = mapped_column(default=0)


class ApiKey(Base):
    """A program's key: `prefix` to recognise it, `hash` (SHA-256) to check it.

    `community` is null for a key that is good for all of them. `rate` (texts a minute) and `quota`
    (texts a day) are null where the settings say it, and 0 for no limit; `decimals` is null where
    scores are not rounded for it, and `spans` says whether it gets spans although they are.
    """

    __tablename__ = "api_key"

    id: Mapped[str] = _id()
    name: Mapped[str] = mapped_column(String(MAX_ID_CHARS))
    prefix: Mapped[str] = mapped_column(String(16))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    community: Mapped[str | None] = mapped_column(String(MAX_ID_CHARS), default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    rate: Mapped[int | None] = mapped_column(default=None)
    quota: Mapped[int | None] = mapped_column(default=None)
    decimals: Mapped[int | None] = mapped_column(default=None)
    # Keys that were made before there was this column have none either.
    spans: Mapped[bool] = mapped_column(default=False, server_default=false())


class Term(Base):
    """A term of a list; null `community` or `language` means all of them."""

    __tablename__ = "term"
    __table_args__ = (_one_of("kind", "block", "watch", "allow"),)

    id: Mapped[str] = _id()
    community: Mapped[str | None] = mapped_column(String(MAX_ID_CHARS), default=None)
    language: Mapped[str | None] = mapped_column(String(35), default=None)
    pattern: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Words, default="")
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)


class Webhook(Base):
    """Where a community wants to be told of which event kinds; `secret` signs."""

    __tablename__ = "webhook"

    id: Mapped[str] = _id()
    community: Mapped[str] = mapped_column(String(MAX_ID_CHARS), default="", index=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(String(255))
    events: Mapped[list[str]]
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)


class Outbox(Base):
    """One message for one webhook; due at `next_attempt_at`, null once it is settled."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due",
            "next_attempt_at",
            sqlite_where=text("next_attempt_at IS NOT NULL"),
            postgresql_where=text("next_attempt_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = _id()
    webhook: Mapped[str] = mapped_column(ForeignKey("webhook.id"), index=True)
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[Json]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default_factory=utcnow)
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)
    last_error: Mapped[str] = mapped_column(Words, default="")
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)


class Appeal(Base):
    """Someone's objection to a decision. `item` was reviewed first, `review` looks again."""

    __tablename__ = "appeal"
    __table_args__ = (
        _one_of("state", "open", "resolved"),
        _one_of("outcome", "uphold", "overturn", "escalate"),
    )

    id: Mapped[str] = _id()
    content: Mapped[str] = mapped_column(ForeignKey("content.id"), index=True)
    item: Mapped[str | None] = mapped_column(ForeignKey("item.id"), index=True)
    review: Mapped[str | None] = mapped_column(ForeignKey("item.id"), default=None, index=True)
    words: Mapped[str | None] = mapped_column(Words)
    contact: Mapped[str | None] = mapped_column(Words, default=None)
    state: Mapped[str] = mapped_column(String(16), default="open")
    outcome: Mapped[str | None] = mapped_column(String(16), default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=utcnow)
    resolved_at: Mapped[datetime | None] = mapped_column(default=None)


class ReportRoute(Base):
    """Where harassment can be reported in a country (ISO 3166-1 alpha-2)."""

    __tablename__ = "report_route"

    id: Mapped[str] = _id()
    country: Mapped[str] = mapped_column(String(2), index=True)
    name: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(String(32))
    contact: Mapped[str] = mapped_column(Words, default="")
    source_url: Mapped[str] = mapped_column(Words, default="")
    checked_on: Mapped[date | None] = mapped_column(default=None)
    confirmed: Mapped[bool] = mapped_column(default=False)
