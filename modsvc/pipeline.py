"""Content → score → decision: the one place where engine and policy meet.

In: contents. Out: a score and a decision for each, in order. The CLI calls
`decide_batch` on its own thread; the API awaits `judge`, which goes through the batcher.
Formats of files and of the wire are left to the callers.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

from modsvc.engine.artifact import Artifact
from modsvc.engine.batching import Batcher
from modsvc.engine.engine import Engine
from modsvc.engine.normalise import normalise
from modsvc.errors import DeadlineExceeded, EngineFailure
from modsvc.policy import Policy, build_policy, decide, decide_failure
from modsvc.policy.decide import FailureReason
from modsvc.policy.document import Document, name_of, read_document
from modsvc.settings import Settings
from modsvc.types import Content, Decision, Language, Score

OnBatch = Callable[[int, float], None]


class Judgement(NamedTuple):
    """A decision and the score behind it; `score` is None when the model failed."""

    score: Score | None
    decision: Decision


def decide_content(content: Content, score: Score, policy: Policy) -> Decision:
    """What `policy` makes of a score and of the terms that stand in the text."""
    terms = policy.rules_for(content.community).terms
    kinds = terms.kinds(normalise(content.text), score.language.code) if terms else ()
    return decide(score, policy, community=content.community, terms=kinds)


class Pipeline:
    """One loaded model under one policy.

    `policy` may be replaced at any time by another one that `build_policy` made.
    """

    def __init__(self, engine: Engine, policy: Policy, batcher: Batcher) -> None:
        self.policy = policy
        self._engine = engine
        self._batcher = batcher

    @classmethod
    def load(cls, settings: Settings, *, on_batch: OnBatch | None = None) -> Self:
        """Load model and policy.

        `on_batch` is told each batch's number of texts and its seconds, on a thread of the
        batcher. Raises ArtifactError or PolicyError when either cannot be used.
        """
        engine = Engine.load(
            settings.model_dir, threads=settings.threads, cache_size=settings.cache_size
        )
        path = settings.policy_file
        policy = _build(engine, read_document(path), name_of(path))
        batcher = Batcher(
            engine,
            max_queue=settings.max_queue,
            token_budget=settings.token_budget,
            workers=settings.workers,
            on_batch=on_batch,
        )
        return cls(engine, policy, batcher)

    def build_policy(self, document: Document) -> Policy:
        """A policy over this model's operating points. Raises PolicyError."""
        return _build(self._engine, document, "the policy")

    @property
    def artifact(self) -> Artifact:
        """The model folder that was loaded."""
        return self._engine.artifact

    @property
    def model_version(self) -> str:
        """The version that the model was packed under."""
        return self._engine.artifact.model_version

    def detect(self, text: str) -> Language:
        """The language that a text is in, whatever its sender calls it."""
        return self._engine.detect(text)

    @property
    def queue_depth(self) -> int:
        """Texts that wait for the model."""
        return self._batcher.queue_depth

    async def start(self) -> None:
        """Make `judge` available."""
        self._batcher.start()

    async def stop(self) -> None:
        """Answer what waits, then refuse; returns when all is answered."""
        # The loop has to stay free to hand the last answers to their callers.
        await asyncio.to_thread(self._batcher.stop)

    def check_canary(self) -> None:
        """Raise EngineFailure unless the model answers its canary texts as when packed."""
        self._engine.check_canary()

    def decide_batch(self, contents: Sequence[Content]) -> list[tuple[Score, Decision]]:
        """Score and decide, in order, on the calling thread. Raises EngineFailure."""
        scores = self._engine.score(contents)
        return [
            (score, decide_content(content, score, self.policy))
            for content, score in zip(contents, scores, strict=True)
        ]

    async def score(self, contents: Sequence[Content], deadline_s: float) -> list[Score]:
        """Score, in order, together with whatever else is waiting.

        Raises Overloaded, EngineFailure or DeadlineExceeded.
        """
        return await self._batcher.score(contents, deadline_s=deadline_s)

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


def failure_reason(error: EngineFailure | DeadlineExceeded) -> FailureReason:
    """The reason code of a text that was not scored."""
    return "deadline_exceeded" if isinstance(error, DeadlineExceeded) else "engine_failure"


def _build(engine: Engine, document: Document, where: str) -> Policy:
    points = engine.artifact.calibration.operating_points
    return build_policy(document, points, normalise, where)
