"""What was scored is decided, kept, queued and announced, all of a request or nothing.

In: requests whose texts were scored, as parts of one transaction (`modsvc.store.writer`). Out:
what each is answered. Deciding is part of the transaction, so that a policy activated
meanwhile already counts. A text that is known is answered from the store, and so is a request
whose `Idempotency-Key` is. A text that the model failed on is kept and goes to people. What was
accepted without a decision (`modsvc.ingest.accept`) is decided on by the same steps.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from modsvc.engine.engine import Engine
from modsvc.errors import IdempotencyMismatch
from modsvc.ingest.announce import announce_made
from modsvc.ingest.judge import Judged
from modsvc.ingest.policies import Policies
from modsvc.ingest.requests import Once, Taken, each_once
from modsvc.ingest.rows import Made, decision_row, item_row, known_answers
from modsvc.pipeline import Judgement, decide_content
from modsvc.policy import Policy, review_failure
from modsvc.review.words import FLAGGED
from modsvc.store import contents, decisions, events, items, waiting
from modsvc.store.contents import Draft
from modsvc.store.events import Happening
from modsvc.store.tables import Content as ContentRow
from modsvc.types import Decision


class Part(NamedTuple):
    """One request: its texts, who sent it, and how it is recognised if it comes again.

    `judged` are its `drafts`, by what `engine` scored all of them.
    """

    drafts: Sequence[Draft]
    judged: Sequence[Judged]
    actor: str
    once: Once | None
    engine: Engine


class Keep:
    """Keeps what models scored, under whatever policy is active."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def __call__(
        self, session: Session, parts: list[Part]
    ) -> list[list[Taken] | IdempotencyMismatch]:
        """Keep requests, in order; a key that came with another request is that part's error."""
        return each_once(session, parts, lambda fresh: self._keep(session, fresh))

    def settle(
        self, session: Session, judged: Mapping[str, Judged], engine: Engine
    ) -> list[Judgement]:
        """Decide on texts that were accepted before, by their `Content.id`s; what was decided.

        Those that do not wait any more, because somebody else was faster or their words were
        erased, are left alone.
        """
        policy = self._policies.current(session, engine)
        rows = waiting.among(session, judged)
        made = [_make(row, judged[row.id], engine, policy) for row in rows]
        record(session, made)
        waiting.remove(session, judged)
        return [one.judgement for one in made]

    def _keep(self, session: Session, parts: list[Part]) -> list[list[Taken]]:
        texts = [
            (draft, judged, part)
            for part in parts
            for draft, judged in zip(part.drafts, part.judged, strict=True)
        ]
        # Requests that were scored before and after a change of models may be kept together.
        engines = dict.fromkeys(part.engine for part in parts)
        by_model = {engine: self._policies.current(session, engine) for engine in engines}
        puts = contents.put_all(session, [(draft, part.actor) for draft, _, part in texts])
        known = known_answers(session, [put.content for put in puts if not put.created])
        made: dict[str, Made] = {}
        for put, (_, judged, part) in zip(puts, texts, strict=True):
            name = put.content.id
            if name not in known and name not in made:
                made[name] = _make(put.content, judged, part.engine, by_model[part.engine])
        record(session, list(made.values()))
        # One that was accepted before and still waited is decided on by this.
        waiting.remove(session, made.keys() - {put.content.id for put in puts if put.created})
        told: set[str] = set()
        taken = iter([_taken(put.content.id, known, made, told) for put in puts])
        return [[next(taken) for _ in part.drafts] for part in parts]


def _taken(
    name: str, known: Mapping[str, dict[str, Any]], made: Mapping[str, Made], told: set[str]
) -> Taken:
    """The answer about a version; what was decided is told the first time alone."""
    if name in known:
        return Taken(known[name], None)
    is_first = name not in told
    told.add(name)
    return Taken(made[name].answer, made[name].judgement if is_first else None)


def _make(content: ContentRow, judged: Judged, engine: Engine, policy: Policy) -> Made:
    decision = decide_judged(judged, policy)
    row = decision_row(content, judged.content, judged.score, decision, engine.artifact)
    item = item_row(content, row)
    return Made(content, row, item, Judgement(judged.score, decision))


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
