"""Content → score → decision: the one place where engine and policy meet.

In: contents. Out: a score and a decision for each, in order. The CLI calls
`decide_batch` on its own thread; the API awaits `judge`, which goes through the batcher.
The model and the policy may be others from one request to the next, never within one: who
needs more than one call, or says which versions answered, works with one `Loaded`.
Formats of files and of the wire are left to the callers, when to switch to `modsvc.rollout`.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from modsvc.engine.artifact import Artifact
from modsvc.engine.batching import Batcher
from modsvc.engine.engine import Engine
from modsvc.engine.normalise import as_written, forms
from modsvc.engine.running import Running
from modsvc.errors import DeadlineExceeded, EngineFailure
from modsvc.policy import Policy, build_policy, decide, decide_failure
from modsvc.policy.decide import FailureReason
from modsvc.policy.document import Document, TermKind, name_of, read_document
from modsvc.policy.terms import TermList
from modsvc.settings import Settings
from modsvc.types import Content, Decision, Language, Score

OnBatch = Callable[[int, float], None]


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

    async def score(self, contents: Sequence[Content], deadline_s: float) -> list[Score]:
        """Score, in order, together with whatever else is waiting.

        Raises Overloaded, EngineFailure or DeadlineExceeded.
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


class Pipeline:
    """What is loaded at present. Safe to share between threads.

    `policy` may be replaced at any time by another one that was built for this model, and
    both together by `switch`.
    """

    def __init__(self, running: Running, policy: Policy) -> None:
        self._lock = threading.Lock()
        self._on_scored: OnScored | None = None
        self._loaded = Loaded(running, policy)

    @classmethod
    def load(cls, settings: Settings, *, on_batch: OnBatch | None = None) -> Self:
        """Load model and policy.

        `on_batch` is told each batch's number of texts and its seconds, on a thread of the
        batcher. Raises ArtifactError or PolicyError when either cannot be used.
        """
        running = load_model(settings, settings.model_dir, on_batch=on_batch)
        path = settings.policy_file
        return cls(running, policy_for(running.engine, read_document(path), name_of(path)))

    @property
    def loaded(self) -> Loaded:
        """What would answer now; `held` for more than a look."""
        return self._loaded

    @contextmanager
    def held(self) -> Iterator[Loaded]:
        """What answers within the block: it is not stopped meanwhile, whatever comes after it."""
        with self._lock:
            loaded = self._loaded
            loaded.running.hold()
        try:
            yield loaded
        finally:
            loaded.running.let_go()

    def switch(self, running: Running, policy: Policy) -> Loaded:
        """Answer by another model, which was started, from the next request on; the one before.

        `policy` is one that was built for that model.
        """
        with self._lock:
            before, self._loaded = self._loaded, Loaded(running, policy, self._on_scored)
        return before

    def watch(self, on_scored: OnScored | None) -> None:
        """Tell `on_scored` what is scored from now on; see `Loaded`."""
        with self._lock:
            self._on_scored = on_scored
            self._loaded = Loaded(self._loaded.running, self._loaded.policy, on_scored)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._loaded.policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        with self._lock:
            self._loaded = Loaded(self._loaded.running, policy, self._on_scored)

    @property
    def artifact(self) -> Artifact:
        """The model folder that was loaded."""
        return self._loaded.artifact

    @property
    def model_version(self) -> str:
        """The version that the model was packed under."""
        return self._loaded.model_version

    def detect(self, text: str) -> Language:
        """The language that a text is in, whatever its sender calls it."""
        return self._loaded.detect(text)

    @property
    def queue_depth(self) -> int:
        """Texts that wait for the model."""
        return self._loaded.running.queue_depth

    async def start(self) -> None:
        """Make `judge` available."""
        self._loaded.running.start()

    async def stop(self) -> None:
        """Answer what waits, then refuse; returns when all is answered."""
        # The loop has to stay free to hand the last answers to their callers.
        await asyncio.to_thread(self._loaded.running.stop)

    def check_canary(self) -> None:
        """Raise EngineFailure unless the model answers its canary texts as when packed."""
        self._loaded.running.engine.check_canary()

    def decide_batch(self, contents: Sequence[Content]) -> list[tuple[Score, Decision]]:
        """`Loaded.decide_batch` of what is loaded now."""
        return self._loaded.decide_batch(contents)

    async def judge(self, contents: Sequence[Content], deadline_s: float) -> list[Judgement]:
        """`Loaded.judge` of what is loaded now."""
        with self.held() as loaded:
            return await loaded.judge(contents, deadline_s)


def load_model(settings: Settings, folder: Path, *, on_batch: OnBatch | None = None) -> Running:
    """A model with its queue, as the settings say, not yet started. Raises ArtifactError."""
    engine = Engine.load(
        folder,
        threads=settings.threads,
        cache_size=settings.cache_size,
        early_exit=settings.early_exit,
    )
    batcher = Batcher(
        engine,
        max_queue=settings.max_queue,
        token_budget=settings.token_budget,
        workers=settings.workers,
        max_wait_s=settings.max_wait_s,
        on_batch=on_batch,
    )
    return Running(engine, batcher)


def policy_for(engine: Engine, document: Document, where: str = "the policy") -> Policy:
    """A policy over a model's operating points. Raises PolicyError."""
    points = engine.artifact.calibration.operating_points
    return build_policy(document, points, as_written, where)


def decide_content(content: Content, score: Score, policy: Policy) -> Decision:
    """What `policy` makes of a score and of the terms that stand in the text."""
    terms = policy.rules_for(content.community).terms
    kinds = _kinds(score.forms, terms, score.language.code)
    return decide(score, policy, community=content.community, terms=kinds)


def terms_in(text: str, terms: TermList, language: str) -> frozenset[TermKind]:
    """Which kinds of terms stand in a raw text, in the letters it is written in or is read in."""
    return _kinds(forms(text), terms, language) if terms else frozenset()


def _kinds(read: Sequence[str], terms: TermList, language: str) -> frozenset[TermKind]:
    return frozenset(kind for form in read for kind in terms.kinds(form, language))


def failure_reason(error: EngineFailure | DeadlineExceeded) -> FailureReason:
    """The reason code of a text that was not scored."""
    return "deadline_exceeded" if isinstance(error, DeadlineExceeded) else "engine_failure"
