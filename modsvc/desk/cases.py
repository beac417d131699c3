"""Everything that an item's page shows, the same for every item.

In: an item and who asks. Out: a `Case`. A golden text was never sent by a platform: it is scored
when it is shown, and borrows a place, a time and an author's history from a real text, so that
nothing on the page gives it away. Who may look at what is left to `modsvc.review.items`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from modsvc.api.deps import Service
from modsvc.desk.strong import strong_words
from modsvc.desk.veil import Piece, Range, pieces, places
from modsvc.errors import EngineFailure, NotFound, PolicyError
from modsvc.ingest.rows import decision_row
from modsvc.labels import LABELS, MISOGYNY, TOXIC_OTHER
from modsvc.policy import Policy, review_failure
from modsvc.review import accounts, golden, items
from modsvc.review.items import AuthorHistory, ItemView
from modsvc.store.tables import Account, Content, Decision
from modsvc.types import Content as Text
from modsvc.types import Score


@dataclass(frozen=True, slots=True)
class Measure:
    """One label: its probability and the thresholds that held; None where there is none."""

    label: str
    probability: float | None
    review: float | None
    withhold: float | None


@dataclass(frozen=True, slots=True)
class Case:
    """An item as it is shown. Pieces are None where the words were erased, or never were.

    `by` is the name of who resolved it.
    """

    view: ItemView
    decision: Decision
    measures: list[Measure]
    community: str
    received_at: datetime
    created_at: datetime | None
    url: str | None
    author: AuthorHistory | None
    author_key: str | None
    text: list[Piece] | None
    parent: list[Piece] | None
    objection: list[Piece] | None
    by: str | None


def case_of(service: Service, account: Account, item: str) -> Case:
    """The item, for this account. Raises NotFound, NotPermitted."""
    with service.database.reading() as session:
        view = items.look(session, account, item)
        place = view.content or golden.setting(session, view.item)
        author = items.author_history(session, place) if view.content is None and place else None
        by = accounts.get(session, view.item.resolved_by).name if view.item.resolved_by else None
    decision, community = view.decision, "" if place is None else place.community
    if decision is None:
        decision, community = _judged(service, view, community)
    with service.database.reading() as session:
        policy = _policy(service, session, decision.policy_version)
    words = None if view.appeal is None else view.appeal.words
    spans = places(decision.spans)

    def cut(text: str, marked: Sequence[Range] = ()) -> list[Piece]:
        language = view.item.language
        strong = strong_words(
            service, text, language, spans=marked, policy=policy, community=community
        )
        return pieces(text, marked, strong)

    return Case(
        view=view,
        decision=decision,
        measures=[_measure(label, decision, policy, community) for label in LABELS],
        community=community,
        received_at=view.item.created_at if place is None else place.received_at,
        created_at=None if place is None else place.created_at,
        url=None if view.content is None else view.content.url,
        author=author or view.author,
        author_key=None if place is None else place.author_key,
        text=None if view.text is None else cut(view.text, spans),
        parent=None if view.parent_text is None else cut(view.parent_text),
        objection=None if words is None else pieces(words),
        by=by,
    )


def is_flagged(service: Service, text: str, language: str) -> bool:
    """Whether the policy in force would send this text to people, as all that is reviewed."""
    try:
        [(_, made)] = service.pipeline.decide_batch([Text(text, language=language)])
    except EngineFailure:
        return False
    return made.flagged


def _judged(service: Service, view: ItemView, community: str) -> tuple[Decision, str]:
    """What would have been decided, and where; in no community if it were allowed in this one."""
    words, language = view.text or "", view.item.language
    text = Text(words, language=language, community=community or None, explain=True)
    score: Score | None = None
    loaded = service.pipeline.loaded
    try:
        [(score, made)] = loaded.decide_batch([text])
    except EngineFailure:
        made = review_failure(loaded.policy, "engine_failure")
    if community and not made.flagged:
        return _judged(service, view, "")
    nowhere = Content(content_id="", text=None, text_sha256="")
    return decision_row(nowhere, text, score, made, loaded.artifact), community


def _policy(service: Service, session: Session, version: str) -> Policy | None:
    """The policy that decided; None where this model cannot use it any more."""
    try:
        return service.policies.compiled(session, version)
    except (NotFound, PolicyError):
        return None


def _measure(label: str, decision: Decision, policy: Policy | None, community: str) -> Measure:
    if label == MISOGYNY:
        probability = decision.probability
    elif label == TOXIC_OTHER:
        probability = decision.toxic_other
    else:
        probability = (decision.categories or {}).get(label)
    point = None
    if policy is not None:
        point = policy.rules_for(community or None).point(label, decision.language)
    if point is None:
        return Measure(label, probability, None, None)
    return Measure(label, probability, point.review, point.withhold)
