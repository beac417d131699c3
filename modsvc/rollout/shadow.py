"""Which candidate model scores a sample of the live texts, for nobody to be answered by.

In: model folders and who asks. Out: one candidate at a time at work
(`modsvc.rollout.shadowing`), and the events of the record that tell of it.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

import structlog

from modsvc.engine.engine import Engine
from modsvc.errors import ModelRefused
from modsvc.ingest.policies import Policies
from modsvc.pipeline import Loaded, Pipeline
from modsvc.rollout import tenures
from modsvc.rollout.checks import check_engine, checked
from modsvc.rollout.memory import give_back
from modsvc.rollout.shadowing import Shadowing
from modsvc.rollout.tenures import SHADOW_SET
from modsvc.store.writer import Writer
from modsvc.telemetry.models import ModelMetrics
from modsvc.types import Content, Score

log = structlog.get_logger("modsvc.rollout")


class Shadow:
    """At most one candidate, which is `at_work`; safe to share by threads."""

    def __init__(
        self,
        pipeline: Pipeline,
        policies: Policies,
        writer: Writer,
        metrics: ModelMetrics,
        *,
        shared_weights: Path | None,
    ) -> None:
        self._shared_weights = shared_weights
        self._pipeline = pipeline
        self._policies = policies
        self._writer = writer
        self._metrics = metrics
        self._one = threading.Lock()
        self.at_work: Shadowing | None = None

    def start(self, folder: Path, share: float, *, actor: str) -> None:
        """Have the model in `folder` score a share of the texts, instead of any other one.

        Blocks until it is loaded. Raises ModelRefused where it fails a check, StoreUnavailable
        where that could not be put on record; the candidate before, if any, goes on then.
        """
        with self._one:
            try:
                with checked("artefact"):
                    engine = Engine.load(
                        folder, threads=1, cache_size=0, shared_weights=self._shared_weights
                    )
                check_engine(engine, self._policies.active_for)
            except ModelRefused as error:
                self._metrics.swap(f"refused_{error.check}")
                log.error("shadow_refused", check=error.check, reason=str(error), actor=actor)
                raise
            following = Shadowing(
                engine,
                share,
                actor=actor,
                pipeline=self._pipeline,
                policies=self._policies,
                writer=self._writer,
                metrics=self._metrics,
            )
            self._record(following, actor)
            self._end()
            following.start()
            self.at_work = following
            self._metrics.role("shadow", following.tenure.version)
            self._pipeline.watch(self.offer)
            log.info("shadow_started", version=following.tenure.version, share=share, actor=actor)
            give_back()

    def stop(self, *, actor: str) -> None:
        """Let the candidate go; without one nothing happens. Raises StoreUnavailable."""
        with self._one:
            if self.at_work is not None:
                self._record(None, actor)
                self._end()
                log.info("shadow_stopped", actor=actor)
                give_back()

    def close(self) -> None:
        """The same when the service ends, which is no event."""
        with self._one:
            self._end()

    def offer(self, loaded: Loaded, contents: Sequence[Content], scores: Sequence[Score]) -> None:
        """Show the candidate what was answered; never raises, and never waits."""
        # Not the candidate's own method: whoever is to call it would keep the model in memory.
        at_work = self.at_work
        if at_work is not None:
            at_work.offer(loaded, contents, scores)

    def _record(self, following: Shadowing | None, actor: str) -> None:
        tenures.record(
            self._writer,
            SHADOW_SET,
            actor=actor,
            before=None if self.at_work is None else self.at_work.tenure.version,
            now=None if following is None else following.tenure.artifact,
            share=0.0 if following is None else following.share,
        )

    def _end(self) -> None:
        ending, self.at_work = self.at_work, None
        if ending is None:
            return
        self._pipeline.watch(None)
        self._metrics.role("shadow", None)
        ending.end()
