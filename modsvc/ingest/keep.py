"""What was scored is decided, kept, queued and announced, all of a request or nothing.

In: requests whose texts were scored, as parts of one transaction (`modsvc.store.writer`). Out:
what each is answered. Deciding is part of the transaction, so that a policy activated
meanwhile already counts. A text that is known is answered from the store, and so is a request
whose `Idempotency-Key` is. A text that the model failed on is kept and goes to people.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from modsvc.engine.engine import Engine
from modsvc.errors import IdempotencyMismatch
from modsvc.ingest import requests
from modsvc.ingest.announce import announce_made
from modsvc.ingest.policies import Policies
from modsvc.ingest.requests import Once
from modsvc.ingest.rows import Made, decision_row, item_row, known_answers
from modsvc.pipeline import Judgement, decide_content
from modsvc.policy import Policy, review_failure
from modsvc.policy.decide import FailureReason
from modsvc.review.words import FLAGGED
from modsvc.store import contents, decisions, events, items
from modsvc.store.contents import Draft
from modsvc.store.events import Happening
from modsvc.store.tables import Content as ContentRow
from modsvc.store.tables import IdempotencyKey
from modsvc.types import Content, Decision, Score


class Judged(NamedTuple):
    """A draft and its score, or why it has none."""

    draft: Draft
    content: Content
    score: Score | None
    failure: FailureReason | None


class Part(NamedTuple):
    """One request: its texts, who sent it, and how it is recognised if it comes again.

    `engine` is what scored all of its texts.
    """

    judged: Sequence[Judged]
    actor: str
    once: Once | None
    engine: Engine


class Taken(NamedTuple):
    """What a caller is answered of one draft, and what was decided; None for known ones."""

    answer: dict[str, Any]
    judgement: Judgement | None


class Keep:
    """Keeps what models scored, under whatever policy is active."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def __call__(
        self, session: Session, parts: list[Part]
    ) -> list[list[Taken] | IdempotencyMismatch]:
        """Keep requests, in order; a key that came with another request is that part's error."""
        rows = requests.remembered(session, [part.once for part in parts if part.once])
        results: dict[int, list[Taken] | IdempotencyMismatch] = {}
        fresh: list[int] = []
        for place, part in enumerate(parts):
            # A request may come twice at once: the later one gets the earlier one's answer.
            if part.once is None or part.once.name not in rows:
                fresh.append(place)
            if part.once is not None and part.once.name not in rows:
                rows[part.once.name] = requests.new_row(session, part.once)
        texts = [(judged, parts[place]) for place in fresh for judged in parts[place].judged]
        taken = iter(self._keep(session, texts))
        for place in fresh:
            part, own = parts[place], [next(taken) for _ in parts[place].judged]
            results[place] = own
            if part.once is not None:
                row = rows[part.once.name]
                row.response = {"items": [one.answer for one in own]}
                session.add(row)
        for place, part in enumerate(parts):
            if place not in results and part.once is not None:
                results[place] = _again(session, rows[part.once.name], part.once)
        return [results[place] for place in range(len(parts))]

    def _keep(self, session: Session, texts: Sequence[tuple[Judged, Part]]) -> list[Taken]:
        # Requests that were scored before and after a change of models may be kept together.
        engines = dict.fromkeys(part.engine for _, part in texts)
        by_model = {engine: self._policies.current(session, engine) for engine in engines}
        puts = contents.put_all(session, [(judged.draft, part.actor) for judged, part in texts])
        known = known_answers(session, [put.content for put in puts if not put.created])
        made: dict[str, Made] = {}
        for put, (judged, part) in zip(puts, texts, strict=True):
            name = put.content.id
            if name not in known and name not in made:
                made[name] = _make(put.content, judged, part.engine, by_model[part.engine])
        record(session, list(made.values()))
        taken = []
        told: set[str] = set()
        for put in puts:
            name = put.content.id
            if name in known:
                taken.append(Taken(known[name], None))
                continue
            taken.append(Taken(made[name].answer, None if name in told else made[name].judgement))
            told.add(name)
        return taken


def _make(content: ContentRow, judged: Judged, engine: Engine, policy: Policy) -> Made:
    decision = decide_judged(judged, policy)
    row = decision_row(content, judged.content, judged.score, decision, engine.artifact)
    item = item_row(content, row)
    return Made(content, row, item, Judgement(judged.score, decision))


def _again(session: Session, row: IdempotencyKey, once: Once) -> list[Taken] | IdempotencyMismatch:
    answered = requests.answered(session, row, once)
    if isinstance(answered, IdempotencyMismatch):
        return answered
    return [Taken(answer, None) for answer in answered]


def record(session: Session, made: Sequence[Made]) -> None:
    """Write what was decided, the items and the messages that follow, and say so."""
    # Rows that others refer to must be there before them.
    session.flush()
    decisions.record_all(session, [one.decision for one in made])
    session.flush()
    flagged = [(one, one.item) for one in made if one.item is not None]
    session.add_all([item for _, item in flagged])
    session.flush()
    happened = [
        Happening(
            kind=FLAGGED,
            actor=events.SYSTEM,
            content=one.content.id,
            item=item.id,
            data={
                "decision": one.decision.id,
                "severity": item.severity,
                **items.vouched(session, item),
            },
        )
        for one, item in flagged
    ]
    events.append_all(session, happened)
    announce_made(session, made)


def decide_judged(judged: Judged, policy: Policy) -> Decision:
    """What `policy` makes of it; what was not scored goes to people, whatever the policy."""
    if judged.score is not None:
        return decide_content(judged.content, judged.score, policy)
    return review_failure(policy, judged.failure or "engine_failure")
