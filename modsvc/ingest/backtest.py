"""What another policy would have made of what was decided already.

In: a policy and the stored decisions, the newest first. Out: by language, how many actions
would be others, from what to what, with examples. Columns are read in chunks and decided at
once (`modsvc.policy.backtest`). Terms are looked for again where the policy's list is another
one and the text is still there; where it was erased, what was found then counts.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

import numpy as np
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from modsvc.errors import NotFound, PolicyError
from modsvc.labels import CATEGORIES, LABELS
from modsvc.pipeline import terms_in
from modsvc.policy import Policy
from modsvc.policy.backtest import Columns, decide_columns
from modsvc.policy.decide import ACTIONS
from modsvc.store.tables import Content, Decision

#: Decisions that are judged when nobody says how many.
DEFAULT_LIMIT: Final = 100_000

#: Examples of each change, by language.
EXAMPLES: Final = 5

_CHUNK: Final = 20_000

Compiled = Callable[[str], Policy]

#: A decision and where it belongs; see `_chunks`.
Stored: TypeAlias = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Example:
    """One content version (`content` is its row) whose action would be another."""

    content: str
    content_id: str
    community: str
    version: int
    before: str
    after: str


@dataclass(slots=True)
class Effect:
    """What changes among the decisions of one language, or of all.

    `changes` maps "allow → review" and the like to a count; `without_text` counts decisions
    whose terms could not be looked for again.
    """

    decisions: int = 0
    changed: int = 0
    without_text: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)


def backtest(
    session: Session,
    policy: Policy,
    compiled: Compiled,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = DEFAULT_LIMIT,
) -> dict[str, Effect]:
    """The effect of `policy`, by language.

    `compiled` gives the policy of a version, so that its terms can be compared; it raises
    NotFound or PolicyError for one that cannot be had. Only decisions made at `since` or
    later and before `until`, at most `limit` of them.
    """
    terms = _Terms(policy, compiled)
    effects: defaultdict[str, Effect] = defaultdict(Effect)
    for chunk in _chunks(session, since, until, limit):
        blocked, blind = terms.blocked(session, chunk)
        after = decide_columns(_columns(chunk, blocked), policy)
        for row, place, without_text in zip(chunk, after.tolist(), blind, strict=True):
            _count(effects[row.language], row, ACTIONS[place], without_text)
    return dict(effects)


class _Terms:
    """Tells which stored texts have a term to block under the new policy."""

    def __init__(self, policy: Policy, compiled: Compiled) -> None:
        self._policy = policy
        self._compiled = compiled
        self._same: dict[tuple[str, str], bool] = {}

    def blocked(self, session: Session, chunk: Sequence[Stored]) -> tuple[list[bool], list[bool]]:
        """For each row: whether a term to block stands in it, and whether that is a guess."""
        again = [row.content for row in chunk if not self._is_same(row)]
        texts = _texts(session, again)
        blocked, blind = [], []
        for row in chunk:
            text = texts.get(row.content)
            blind.append(text is None and not self._is_same(row))
            blocked.append(
                "term_block" in row.reason_codes if text is None else self._stands(row, text)
            )
        return blocked, blind

    def _is_same(self, row: Stored) -> bool:
        pair = row.policy_version, row.community
        if pair not in self._same:
            new = self._policy.rules_for(row.community or None).terms
            try:
                old = self._compiled(row.policy_version).rules_for(row.community or None).terms
                self._same[pair] = old == new
            except (NotFound, PolicyError):
                self._same[pair] = False
        return self._same[pair]

    def _stands(self, row: Stored, text: str) -> bool:
        terms = self._policy.rules_for(row.community or None).terms
        return "block" in terms_in(text, terms, row.language)


def _texts(session: Session, names: Sequence[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for start in range(0, len(names), _AT_ONCE):
        query = select(Content.id, Content.text).where(
            Content.id.in_(names[start : start + _AT_ONCE]), Content.text.is_not(None)
        )
        texts.update((name, text) for name, text in session.execute(query) if text is not None)
    return texts


def _chunks(
    session: Session, since: datetime | None, until: datetime | None, limit: int
) -> Iterator[Sequence[Stored]]:
    query = (
        select(
            Decision.content,
            Decision.probability,
            Decision.categories,
            Decision.toxic_other,
            Decision.language,
            Decision.supported,
            Decision.action,
            Decision.reason_codes,
            Decision.policy_version,
            Content.community,
            Content.content_id,
            Content.version,
        )
        .join(Content, Content.id == Decision.content)
        .order_by(Decision.id.desc())
        .limit(limit)
        .execution_options(yield_per=_CHUNK)
    )
    if since is not None:
        query = query.where(Decision.decided_at >= since)
    if until is not None:
        query = query.where(Decision.decided_at < until)
    yield from session.execute(query).partitions()


def _columns(chunk: Sequence[Stored], blocked: Sequence[bool]) -> Columns:
    unknown = [np.nan] * len(LABELS)
    return Columns(
        community=[row.community for row in chunk],
        language=[row.language for row in chunk],
        probabilities=np.array(
            [
                unknown
                if row.probability is None
                else [row.probability, *map(row.categories.get, CATEGORIES), row.toxic_other]
                for row in chunk
            ],
            dtype=np.float64,
        ),
        supported=np.array([row.supported for row in chunk], dtype=np.bool_),
        no_text=np.array(["no_text" in row.reason_codes for row in chunk], dtype=np.bool_),
        blocked=np.array(blocked, dtype=np.bool_),
    )


def _count(effect: Effect, row: Stored, after: str, blind: bool) -> None:
    effect.decisions += 1
    effect.without_text += blind
    if row.action == after:
        return
    change = f"{row.action} → {after}"
    effect.changed += 1
    effect.changes[change] += 1
    if effect.changes[change] <= EXAMPLES:
        effect.examples.append(
            Example(
                *(row.content, row.content_id, row.community, row.version),
                *(row.action, after),
            )
        )


#: Names in one statement; SQLite takes some thousands.
_AT_ONCE: Final = 1000
