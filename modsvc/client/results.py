"""What comes back, frozen.

In: the service's JSON. Out: one class for each kind of answer. Keys that a newer service adds
are ignored; one that is missing raises KeyError, of another type TypeError, which
`modsvc.client.calls` turns into UnexpectedAnswer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from modsvc.labels import CATEGORIES

Json = Mapping[str, Any]

Action = Literal["allow", "review", "withhold"]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the text, `[start, end)` in code points, and what of the score goes without it."""

    start: int
    end: int
    weights: Mapping[str, float]

    @classmethod
    def of(cls, raw: Json) -> "Span":
        """From JSON."""
        return cls(raw["start"], raw["end"], MappingProxyType(dict(raw["weights"])))


@dataclass(frozen=True, slots=True)
class Score:
    """What the model says of a text and the policy makes of it.

    Probabilities are calibrated and in [0, 1]; they are None where the model failed and the policy
    sends such texts to review.
    """

    id: str | None
    probability: float | None
    flagged: bool
    action: Action
    reason_codes: tuple[str, ...]
    categories: Mapping[str, float] | None
    toxic_other: float | None
    language: str
    language_confidence: float
    supported: bool
    truncated: bool
    reason: str | None
    spans: tuple[Span, ...] | None
    model_version: str
    policy_version: str

    @classmethod
    def of(cls, raw: Json, model_version: str, policy_version: str) -> "Score":
        """From JSON, with the versions of the answer that it came in."""
        spans = raw["spans"]
        return cls(
            **_judged(raw),
            id=raw["id"],
            reason=raw["reason"],
            spans=None if spans is None else tuple(map(Span.of, spans)),
            model_version=model_version,
            policy_version=policy_version,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it was made and kept; see `Score`."""

    id: str
    probability: float | None
    flagged: bool
    action: Action
    reason_codes: tuple[str, ...]
    categories: Mapping[str, float] | None
    toxic_other: float | None
    language: str
    language_confidence: float
    supported: bool
    truncated: bool
    score_failed: str | None
    model_version: str
    policy_version: str
    decided_at: datetime

    @classmethod
    def of(cls, raw: Json) -> "Decision":
        """From JSON."""
        return cls(
            **_judged(raw),
            id=raw["id"],
            score_failed=raw["score_failed"],
            model_version=raw["model_version"],
            policy_version=raw["policy_version"],
            decided_at=datetime.fromisoformat(raw["decided_at"]),
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """One version of one content; `item` is its review item, None where nobody is asked.

    `decision` is None while it waits for one, and for good where it was erased before.
    """

    id: str
    community: str
    version: int
    decision: Decision | None
    item: str | None

    @classmethod
    def of(cls, raw: Json) -> "Kept":
        """From JSON."""
        return cls(**_kept(raw))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a version of a content."""

    seq: int
    at: datetime
    version: int
    kind: str
    actor: str
    item: str | None
    data: Mapping[str, Any]

    @classmethod
    def of(cls, raw: Json) -> "Event":
        """From JSON."""
        return cls(
            seq=raw["seq"],
            at=datetime.fromisoformat(raw["at"]),
            version=raw["version"],
            kind=raw["kind"],
            actor=raw["actor"],
            item=raw["item"],
            data=MappingProxyType(dict(raw["data"])),
        )


@dataclass(frozen=True, slots=True)
class State(Kept):
    """The latest version of a content, what holds now, and what happened to all versions.

    `status` is `waiting`, `withdrawn`, `decided`, `pending`, `upheld`, `overturned` or `escalated`;
    `action` is None where nothing is decided, `categories` are the reviewers', None until they
    found any.
    """

    status: str
    action: Action | None
    categories: tuple[str, ...] | None
    received_at: datetime
    erased_at: datetime | None
    events: tuple[Event, ...]

    @classmethod
    def of(cls, raw: Json) -> "State":
        """From JSON."""
        erased = raw["erased_at"]
        return cls(
            **_kept(raw),
            status=raw["status"],
            action=raw["action"],
            categories=as_names(raw["categories"]),
            received_at=datetime.fromisoformat(raw["received_at"]),
            erased_at=None if erased is None else datetime.fromisoformat(erased),
            events=tuple(map(Event.of, raw["events"])),
        )


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal against what holds for a version of a content, and how it ended, if it did.

    `outcome` is None while `state` is `open`, else `uphold` or `overturn`.
    """

    id: str
    content_id: str
    community: str
    version: int
    state: Literal["open", "resolved"]
    outcome: str | None
    created_at: datetime
    resolved_at: datetime | None

    @classmethod
    def of(cls, raw: Json) -> "Appeal":
        """From JSON."""
        resolved = raw["resolved_at"]
        return cls(
            id=raw["id"],
            content_id=raw["content_id"],
            community=raw["community"],
            version=raw["version"],
            state=raw["state"],
            outcome=raw["outcome"],
            created_at=datetime.fromisoformat(raw["created_at"]),
            resolved_at=None if resolved is None else datetime.fromisoformat(resolved),
        )


def as_names(raw: list[str] | None) -> tuple[str, ...] | None:
    """Categories that people found."""
    return None if raw is None else tuple(raw)


def _kept(raw: Json) -> dict[str, Any]:
    decision = raw["decision"]
    return {
        "id": raw["id"],
        "community": raw["community"],
        "version": raw["version"],
        "decision": None if decision is None else Decision.of(decision),
        "item": raw["item"],
    }


def _judged(raw: Json) -> dict[str, Any]:
    names = ("probability", "flagged", "action", "toxic_other", "language")
    more = ("language_confidence", "supported", "truncated")
    return {
        **{name: raw[name] for name in (*names, *more)},
        "reason_codes": tuple(raw["reason_codes"]),
        "categories": _categories(raw["categories"]),
    }


def _categories(raw: Json | None) -> Mapping[str, float] | None:
    if raw is None or all(raw[name] is None for name in CATEGORIES):
        return None
    return MappingProxyType({name: float(raw[name]) for name in CATEGORIES})
