"""A candidate model at work on a sample of the live texts, while nobody else waits.

In: what was answered, from the callers' loops. Out: counts of what the candidate would have
decided otherwise (`modsvc.rollout.comparing`). It never delays an answer: taking a sample is a
hash and a bounded queue, and one thread of low priority scores the texts one by one, while
next to nothing waits for the model that answers. What it has no time for is dropped and counted.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog

from modsvc.engine.engine import Engine
from modsvc.errors import ModsvcError
from modsvc.ingest.policies import Policies
from modsvc.pipeline import Loaded, Pipeline
from modsvc.rollout.comparing import Sample, Tallies, compare
from modsvc.rollout.sampling import Sampler
from modsvc.rollout.tenures import Tenure
from modsvc.store.writer import Writer
from modsvc.telemetry import describe
from modsvc.telemetry.models import ModelMetrics
from modsvc.types import Content, Score

#: Texts that may wait for the candidate.
MAX_WAITING: Final = 256

#: As soon as more texts wait for the model that answers, the candidate waits too.
LIVE_WAITING: Final = 8

#: How much lower the thread's priority is. Not the lowest: it holds Python's lock at times.
_NICENESS: Final = 10

_KEEP_S: Final = 10.0
_LOOK_S: Final = 0.05

log = structlog.get_logger("modsvc.rollout")


class Shadowing:
    """One candidate at work, from `start` to `end`; `share` is that of the texts it is to score."""

    def __init__(
        self,
        engine: Engine,
        share: float,
        *,
        actor: str,
        pipeline: Pipeline,
        policies: Policies,
        writer: Writer,
        metrics: ModelMetrics,
    ) -> None:
        self.tenure = Tenure(engine.artifact, actor)
        self.share = share
        self._engine = engine
        self._pipeline = pipeline
        self._policies = policies
        self._metrics = metrics
        self._sampler = Sampler(share)
        self._tallies = Tallies(writer)
        self._samples: deque[Sample] = deque()
        self._changed = threading.Condition()
        self._ending = False
        self._dropped = 0
        self._failed = 0
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)

    @property
    def numbers(self) -> dict[str, int]:
        """Texts of this process that `waiting`, were `dropped`, or it `failed` on."""
        return {"waiting": len(self._samples), "dropped": self._dropped, "failed": self._failed}

    def start(self) -> None:
        """Begin; to be called once."""
        self._thread.start()

    def end(self) -> None:
        """Blocks until the text that it is at is scored, and what was counted is kept."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join()

    def offer(self, loaded: Loaded, contents: Sequence[Content], scores: Sequence[Score]) -> None:
        """Take the sample's texts of what was answered; never raises, and never waits."""
        if loaded.model_version == self.tenure.version:
            return
        try:
            for content, score in zip(contents, scores, strict=True):
                if self._sampler.chooses(content):
                    self._put(Sample(content, score, loaded.policy))
        # Whatever it is, somebody waits for an answer that is there.
        except Exception as error:
            log.error("shadow_sample_failed", **describe(error))

    def _put(self, sample: Sample) -> None:
        if len(self._samples) >= MAX_WAITING or self._is_busy():
            self._dropped += 1
            self._metrics.shadow_dropped()
            return
        with self._changed:
            self._samples.append(sample)
            self._changed.notify()

    def _is_busy(self) -> bool:
        return self._pipeline.queue_depth > LIVE_WAITING

    def _work(self) -> None:
        with suppress(OSError, AttributeError):
            # Linux has a priority for each thread.
            lower = os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), lower)
        due = time.monotonic() + _KEEP_S
        while not self._ending:
            sample = self._next()
            if sample is not None:
                self._compare(sample)
            if time.monotonic() >= due:
                self._keep()
                due = time.monotonic() + _KEEP_S
        self._keep()

    def _next(self) -> Sample | None:
        """The next text, when there is one and nobody waits for an answer."""
        with self._changed:
            if not self._samples and not self._ending:
                self._changed.wait(_KEEP_S)
        if self._is_busy():
            time.sleep(_LOOK_S)
            return None
        return self._samples.popleft() if self._samples and not self._ending else None

    def _compare(self, sample: Sample) -> None:
        try:
            policy = self._policies.version_for(sample.policy.version, self._engine)
            one = compare(sample, self._engine, policy)
        # Whatever a candidate does to itself is counted, and is nobody else's trouble.
        except Exception as error:
            self._failed += 1
            self._metrics.shadowed("unknown", "failed")
            log.warning("shadow_failed", **describe(error))
            return
        self._tallies.count(one)
        self._metrics.shadowed(one.pair.language, one.outcome)

    def _keep(self) -> None:
        try:
            self._tallies.keep()
        except ModsvcError as error:
            # They are kept with the next ones.
            log.warning("shadow_not_kept", **describe(error))
