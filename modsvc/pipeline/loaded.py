"""One model under one policy, and what they make of contents.

In: contents. Out: a score and a decision for each, in order: `decide_batch` on the calling thread,
`judge` together with whatever else is waiting. Which model and policy these are, and for how
long, is left to `modsvc.pipeline.pipeline`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from modsvc.engine.artifact import Artifact
from modsvc.engine.running import Running
from modsvc.errors import DeadlineExceeded, EngineFailure
from modsvc.pipeline.deciding import decide_content, failure_reason
from modsvc.policy import Policy, decide_failure
from modsvc.types import Content, Decision, Language, Score


class Judgement(NamedTuple):
    """A decision and the score behind it; `score` is None when the model failed."""

    score: Score | None
    decision: Decision


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """One model under one policy: all that a request is answered by.

    `on_scored` is told what was scored, on the caller's loop; it must be quick and not raise.
    """

    running: Running
    policy: Policy
    on_scored: "OnScored | None" = None

    @property
    def artifact(self) -> Artifact:
        """The model folder."""
        return self.running.artifact

    @property
    def model_version(self) -> str:
        """The version that the model was packed under."""
        return self.artifact.model_version

    def detect(self, text: str) -> Language:
        """The language that a text is in, whatever its sender calls it."""
        return self.running.engine.detect(text)

    def decide_batch(self, contents: Sequence[Content]) -> list[tuple[Score, Decision]]:
        """Score and decide, in order, on the calling thread. Raises EngineFailure."""
        scores = self.running.engine.score(contents)
        return [
            (score, decide_content(content, score, self.policy))
            for content, score in zip(contents, scores, strict=True)
        ]

    async def score(self, contents: Sequence[Content], deadline_s: float | None) -> list[Score]:
        """Score, in order, together with whatever else is waiting.

        Without a deadline they give way to all that have one. Raises Overloaded, EngineFailure or
        DeadlineExceeded.
        """
        scores = await self.running.score(contents, deadline_s)
        if self.on_scored is not None:
            self.on_scored(self, contents, scores)
        return scores

    async def judge(self, contents: Sequence[Content], deadline_s: float) -> list[Judgement]:
        """Score and decide, in order, together with whatever else is waiting.

        Raises Overloaded; and EngineFailure or DeadlineExceeded, unless the policy sends
        what could not be scored to review.
        """
        try:
            scores = await self.score(contents, deadline_s)
        except (EngineFailure, DeadlineExceeded) as error:
            decision = decide_failure(self.policy, failure_reason(error))
            if decision is None:
                raise
            return [Judgement(None, decision) for _ in contents]
        return [
            Judgement(score, decide_content(content, score, self.policy))
            for content, score in zip(contents, scores, strict=True)
        ]


OnScored = Callable[[Loaded, Sequence[Content], Sequence[Score]], None]
