"""Changing the model while the service answers, and going back.

In: a model folder and who asks. Out: another model answers from the next request on; requests
that have begun finish on the one before, which is then kept for a probation time, in case the new
one fails too often, and freed after it. What a model has to show first is in
`modsvc.rollout.checks`, how requests are kept on one model in `modsvc.pipeline`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import structlog

from modsvc.engine.artifact import load_artifact
from modsvc.engine.running import Running
from modsvc.errors import Conflict, ModelRefused, ModsvcError
from modsvc.ingest.policies import Policies
from modsvc.pipeline import Loaded, Pipeline
from modsvc.policy import Policy
from modsvc.rollout import tenures
from modsvc.rollout.checks import candidate
from modsvc.rollout.memory import give_back
from modsvc.rollout.probation import Probation
from modsvc.rollout.tenures import ROLLED_BACK, SWAPPED, Failed, Tenure
from modsvc.settings import Settings
from modsvc.store.events import SYSTEM
from modsvc.store.writer import Writer
from modsvc.telemetry import Metrics, describe

log = structlog.get_logger("modsvc.rollout")


class Swaps:
    """One change at a time; safe to share by threads."""

    def __init__(
        self,
        settings: Settings,
        pipeline: Pipeline,
        policies: Policies,
        writer: Writer,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._pipeline = pipeline
        self._policies = policies
        self._writer = writer
        self._metrics = metrics
        self._one = threading.Lock()
        self._threads: list[threading.Thread] = []
        # All below change under `_one`.
        self._closed = False
        self._trial: Probation | None = None
        self.active = Tenure(pipeline.artifact, SYSTEM)
        self.previous: Tenure | None = None
        self.failed: Failed | None = None
        self._show()

    @property
    def probation_until(self) -> datetime | None:
        """Until when the model before is kept; None where there is none to go back to at once."""
        trial = self._trial
        return None if trial is None else trial.until

    def swap(self, folder: Path, *, actor: str) -> None:
        """Answer by the model in `folder` from the next request on. Blocks until it does.

        Raises Conflict during another change, on probation, or for the model that answers now;
        ModelRefused where it fails a check; StoreUnavailable where the change could not be put
        on record. Nothing has changed then.
        """
        with self._alone():
            if self._trial is not None:
                raise Conflict(
                    "The last change is on probation: wait for its end, or go back first."
                )
            try:
                self._swap(folder, actor)
            except ModelRefused as error:
                self.failed = Failed(actor, folder, str(error))
                self._metrics.models.swap(f"refused_{error.check}")
                log.error("model_refused", check=error.check, reason=str(error), actor=actor)
                raise

    def reload(self, *, actor: str) -> None:
        """`swap` to what is now in the folder of the settings; errors are logged."""
        folder = self._settings.model_dir.resolve()
        try:
            self.swap(folder, actor=actor)
        except ModelRefused:
            # Logged already.
            return
        except ModsvcError as error:
            log.warning("model_not_reloaded", folder=str(folder), reason=str(error))

    def go_back(self, *, actor: str) -> None:
        """Answer by the model before again, at once. Raises Conflict where it is not kept."""
        with self._alone():
            if self._trial is None:
                raise Conflict("No model is kept to go back to: name the folder of the one before.")
            self._back(self._trial, actor, "it was asked for")

    def close(self) -> None:
        """Refuse changes, wait for one that has begun, and let the model before go. Blocks."""
        with self._one:
            self._closed = True
            if self._trial is not None:
                self._trial.settle(went_back=False)
        for thread in self._threads:
            thread.join()

    def _swap(self, folder: Path, actor: str) -> None:
        self._not_the_same(folder)
        active_for = self._policies.active_for
        running = candidate(self._settings, folder, active_for, on_batch=self._metrics.texts.batch)
        version = self.active.version
        try:
            policy = active_for(running.engine)
            # On record first: a change that nobody can prove must not happen.
            tenures.record(self._writer, SWAPPED, actor=actor, before=version, now=running.artifact)
        except BaseException:
            running.stop()
            raise
        before = self._adopt(running, policy)
        self._trial = Probation(before, running, self._settings.swap_probation_s)
        self.previous, self.active = self.active, Tenure(running.artifact, actor)
        self.failed = None
        self._show()
        self._metrics.models.swap("swapped")
        log.info("model_swapped", before=version, version=self.active.version, actor=actor)
        # In a list that it empties, because a thread keeps its arguments to its end.
        held = [self._trial]
        thread = threading.Thread(target=self._watch, args=(held,), name="probation", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _not_the_same(self, folder: Path) -> None:
        try:
            artifact = load_artifact(folder)
        except ModsvcError:
            # Said better by the checks.
            return
        if tenures.same(artifact, self.active.artifact):
            raise Conflict("This model answers already.")

    def _watch(self, held: list[Probation]) -> None:
        """See a model through its probation, then free the one that does not answer."""
        trial = held.pop()
        failures = trial.outlast(self._settings.swap_max_failures)
        with self._one:
            if self._trial is trial:
                if failures is not None:
                    self._back(trial, SYSTEM, f"{failures} requests failed on it")
                else:
                    self._trial = None
                    self._show()
        loser = trial.loser
        loser.retire()
        log.info("model_freed", version=loser.artifact.model_version)
        # Nothing else refers to it by now.
        del trial, loser
        give_back()

    def _back(self, trial: Probation, actor: str, reason: str) -> None:
        version, restored = self.active.version, trial.before.running
        self._adopt(restored, trial.before.policy)
        self.failed = Failed(self.active.actor, self.active.folder, reason)
        self.previous, self.active = self.active, Tenure(restored.artifact, actor)
        self._trial = None
        trial.settle(went_back=True)
        self._show()
        self._metrics.models.swap("rolled_back")
        log.error("model_rolled_back", before=version, version=self.active.version, reason=reason)
        try:
            tenures.record(
                self._writer,
                ROLLED_BACK,
                actor=actor,
                before=version,
                now=restored.artifact,
                failures=trial.now.failures,
            )
        # It is done, and whoever sees it through has to go on.
        except Exception as error:
            log.error("rollback_not_recorded", **describe(error))

    def _adopt(self, running: Running, policy: Policy) -> Loaded:
        try:
            return self._policies.adopt(running)
        except Exception as error:
            # Without the database, by the policy that it had; the next refresh sees to it.
            log.error("adopted_without_database", **describe(error))
            return self._pipeline.switch(running, policy)

    def _show(self) -> None:
        self._metrics.models.role("active", self.active.version)
        kept = None if self._trial is None else self._trial.before.model_version
        self._metrics.models.role("previous", kept)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._one.acquire(blocking=False):
            raise Conflict("Another change of the model is under way: ask again when it is done.")
        try:
            if self._closed:
                raise Conflict("The service is stopping.")
            yield
        finally:
            self._one.release()
