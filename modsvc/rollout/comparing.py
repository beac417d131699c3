"""One live text, judged again by another model: what would be otherwise?

In: what was answered, and an engine. Out: a `Comparison`, counts by language that are kept from
time to time. When to compare is left to `modsvc.rollout.shadow`.
"""

from dataclasses import replace
from typing import NamedTuple

from modsvc.engine.engine import Engine
from modsvc.pipeline import decide_content
from modsvc.policy import Policy
from modsvc.store import shadows
from modsvc.store.columns import utcnow
from modsvc.store.shadows import Outcome, Pair, Tally
from modsvc.store.writer import Writer
from modsvc.telemetry import language_label
from modsvc.types import Content, Decision, Score


class Sample(NamedTuple):
    """A text that was answered, its score, and the policy that it was decided by."""

    content: Content
    score: Score
    policy: Policy


class Comparison(NamedTuple):
    """What the other model would have made of it; `difference` is its probability's surplus."""

    pair: Pair
    outcome: Outcome
    difference: float


class Tallies:
    """Counts of one process until they are kept; for one thread."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._waiting: dict[Pair, Tally] = {}

    def count(self, one: Comparison) -> None:
        """Add a text."""
        self._waiting.setdefault(one.pair, Tally()).count(one.outcome, one.difference)

    def keep(self) -> None:
        """Write what waits, to be called again where it raises; nothing is counted twice then.

        Raises StoreUnavailable, Overloaded.
        """
        if self._waiting:
            counted = self._waiting
            self._writer.submit(lambda session: shadows.add(session, counted)).result()
            self._waiting = {}


def compare(sample: Sample, engine: Engine, policy: Policy) -> Comparison:
    """Score and decide again; `policy` is the one that decided, laid over that engine's points.

    Raises EngineFailure.
    """
    content, score, active = sample
    [other] = engine.score([replace(content, explain=False)])
    before = decide_content(content, score, active)
    after = decide_content(content, other, policy)
    pair = Pair(
        utcnow().date(),
        score.model_version,
        engine.artifact.model_version,
        # Callers may name any language: what is kept is one of a bounded number of words.
        language_label(score),
    )
    return Comparison(pair, _outcome(before, after), other.probability - score.probability)


def _outcome(before: Decision, after: Decision) -> Outcome:
    if before.action == after.action:
        return "same"
    if before.flagged == after.flagged:
        return "other"
    return "more" if after.flagged else "fewer"
