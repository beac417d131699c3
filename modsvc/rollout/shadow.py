"""A candidate model that scores a sample of the live texts, for nobody to be answered by.

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from modsvc.engine.engine import Engine
from modsvc.errors import ModelRefused, ModsvcError
from modsvc.ingest.policies import Policies
from modsvc.pipeline import Loaded, Pipeline
from modsvc.rollout import tenures
from modsvc.rollout.checks import check_engine, checked
from modsvc.rollout.comparing import Sample, Tallies, compare
from modsvc.rollout.memory import give_back
from modsvc.rollout.sampling import Sampler
from modsvc.rollout.tenures import SHADOW_SET, Tenure
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


@dataclass(eq=False)
class _Run:
    """One candidate at work."""

    engine: Engine
    tenure: Tenure
    share: float
    sampler: Sampler
    samples: deque[Sample] = field(default_factory=deque)
    changed: threading.Condition = field(default_factory=threading.Condition)
    ending: bool = False
    dropped: int = 0
    failed: int = 0
    thread: threading.Thread | None = None


class Shadow:
    """At most one candidate at a time; safe to share by threads."""

    def __init__(
        self, pipeline: Pipeline, policies: Policies, writer: Writer, metrics: ModelMetrics
    ) -> None:
        self._pipeline = pipeline
        self._policies = policies
        self._writer = writer
        self._metrics = metrics
        self._one = threading.Lock()
        self._run: _Run | None = None

    @property
    def tenure(self) -> Tenure | None:
        """The candidate; None without one."""
        run = self._run
        return None if run is None else run.tenure

    @property
    def share(self) -> float:
        """The share of texts that it is to score."""
        run = self._run
        return 0.0 if run is None else run.share

    @property
    def numbers(self) -> dict[str, int]:
        """Texts of this process that `waiting`, were `dropped`, or it `failed` on."""
        run = self._run
        if run is None:
            return {"waiting": 0, "dropped": 0, "failed": 0}
        return {"waiting": len(run.samples), "dropped": run.dropped, "failed": run.failed}

    def start(self, folder: Path, share: float, *, actor: str) -> None:
        """Have the model in `folder` score a share of the texts, instead of any other one.

        Blocks until it is loaded. Raises ModelRefused where it fails a check, StoreUnavailable
        where that could not be put on record; the candidate before, if any, goes on then.
        """
        with self._one:
            try:
                with checked("artefact"):
                    engine = Engine.load(folder, threads=1, cache_size=0)
                check_engine(engine, self._policies.active_for)
            except ModelRefused as error:
                self._metrics.swap(f"refused_{error.check}")
                log.error("shadow_refused", check=error.check, reason=str(error), actor=actor)
                raise
            run = _Run(engine, Tenure(engine.artifact, actor), share, Sampler(share))
            self._record(run, actor)
            self._end()
            run.thread = threading.Thread(
                target=self._work, args=(run,), name="shadow", daemon=True
            )
            self._run = run
            self._metrics.role("shadow", run.tenure.version)
            run.thread.start()
            self._pipeline.watch(self.offer)
            log.info("shadow_started", version=run.tenure.version, share=share, actor=actor)

    def stop(self, *, actor: str) -> None:
        """Let the candidate go; without one nothing happens. Raises StoreUnavailable."""
        with self._one:
            if self._run is not None:
                self._record(None, actor)
                self._end()
                log.info("shadow_stopped", actor=actor)

    def close(self) -> None:
        """The same when the service ends, which is no event."""
        with self._one:
            self._end()

    def offer(self, loaded: Loaded, contents: Sequence[Content], scores: Sequence[Score]) -> None:
        """Take the sample's texts of what was answered; never raises, and never waits."""
        run = self._run
        if run is None or loaded.model_version == run.tenure.version:
            return
        try:
            for content, score in zip(contents, scores, strict=True):
                if run.sampler.chooses(content):
                    self._put(run, Sample(content, score, loaded.policy))
        # Whatever it is, somebody waits for an answer that is there.
        except Exception as error:
            log.error("shadow_sample_failed", **describe(error))

    def _put(self, run: _Run, sample: Sample) -> None:
        if len(run.samples) >= MAX_WAITING or self._is_busy():
            run.dropped += 1
            self._metrics.shadow_dropped()
            return
        with run.changed:
            run.samples.append(sample)
            run.changed.notify()

    def _is_busy(self) -> bool:
        return self._pipeline.queue_depth > LIVE_WAITING

    def _record(self, run: _Run | None, actor: str) -> None:
        before = None if self._run is None else self._run.tenure.version
        now = None if run is None else run.tenure.artifact
        share = 0.0 if run is None else run.share
        self._writer.submit(
            lambda session: tenures.record(
                session, SHADOW_SET, actor=actor, before=before, now=now, share=share
            )
        ).result()

    def _end(self) -> None:
        run, self._run = self._run, None
        if run is None:
            return
        self._pipeline.watch(None)
        self._metrics.role("shadow", None)
        with run.changed:
            run.ending = True
            run.changed.notify()
        if run.thread is not None:
            run.thread.join()
        del run
        give_back()

    def _work(self, run: _Run) -> None:
        with suppress(OSError, AttributeError):
            # Linux has a priority for each thread.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        tallies = Tallies(self._writer)
        due = time.monotonic() + _KEEP_S
        while not run.ending:
            sample = self._next(run)
            if sample is not None:
                self._compare(run, sample, tallies)
            if time.monotonic() >= due:
                _keep(tallies)
                due = time.monotonic() + _KEEP_S
        _keep(tallies)

    def _next(self, run: _Run) -> Sample | None:
        """The next text, when there is one and nobody waits for an answer."""
        with run.changed:
            if not run.samples:
                run.changed.wait(_KEEP_S)
        if self._is_busy():
            time.sleep(_LOOK_S)
            return None
        return run.samples.popleft() if run.samples and not run.ending else None

    def _compare(self, run: _Run, sample: Sample, tallies: Tallies) -> None:
        try:
            policy = self._policies.version_for(sample.policy.version, run.engine)
            one = compare(sample, run.engine, policy)
        # Whatever a candidate does to itself is counted, and is nobody else's trouble.
        except Exception as error:
            run.failed += 1
            self._metrics.shadowed("unknown", "failed")
            log.warning("shadow_failed", **describe(error))
            return
        tallies.count(one)
        self._metrics.shadowed(one.pair.language, one.outcome)


def _keep(tallies: Tallies) -> None:
    try:
        tallies.keep()
    except ModsvcError as error:
        # They are kept with the next ones.
        log.warning("shadow_not_kept", **describe(error))
