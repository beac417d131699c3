"""What was accepted is decided on, the oldest first, while nobody waits for the model.

In: an open database, its writer, the pipeline. Out: decisions, kept as those that a caller waits
for (`modsvc.ingest.keep`). Texts are taken in batches; who takes some has them for a while
(`modsvc.store.waiting`), so that several services share the work, and what one of them leaves,
another or the next start does. What the model fails on goes to people, and keeps up nobody behind.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog

from modsvc.errors import StoreError, TryLater
from modsvc.ingest.judge import Judged, content_of, failed, judge
from modsvc.ingest.keep import Keep
from modsvc.ingest.policies import Policies
from modsvc.ingest.room import Room
from modsvc.pipeline import Loaded, Pipeline
from modsvc.store import waiting
from modsvc.store.columns import utcnow
from modsvc.store.database import Database
from modsvc.store.waiting import Claimed, Line
from modsvc.store.writer import Writer
from modsvc.telemetry import Metrics, describe

#: Texts that are taken together: some batches of the engine, and one transaction.
AT_ONCE: Final = 32

#: Whatever was taken so often without a decision takes the service down with it, or near to it.
MOST_ATTEMPTS: Final = 5

#: How often the line is looked at, for texts of other services, and after a failure.
_LOOK_S: Final = 1.0

log = structlog.get_logger("modsvc.ingest")


class Later:
    """Two tasks on the service's loop: one decides, the other looks at what waits meanwhile."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        pipeline: Pipeline,
        policies: Policies,
        room: Room,
        metrics: Metrics,
    ) -> None:
        """`writer` and `pipeline` must be started and outlive the task."""
        self._database = database
        self._writer = writer
        self._pipeline = pipeline
        self._keep = Keep(policies)
        self._room = room
        self._metrics = metrics
        self._ending = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._judging: asyncio.Task[list[Judged]] | None = None

    def start(self) -> None:
        """Begin; to be called once."""
        self._tasks = [
            asyncio.create_task(work, name=name)
            for name, work in (("later", self._run()), ("later-look", self._watch()))
        ]

    async def stop(self) -> None:
        """Leave what is not scored yet to the next start."""
        self._ending.set()
        self._room.arrived.set()
        if self._judging is not None:
            self._judging.cancel()
        await asyncio.gather(*self._tasks)

    async def _run(self) -> None:
        while not self._ending.is_set():
            # Before the round: what comes during it is found by the next one.
            self._room.arrived.clear()
            try:
                if not await self._round() and not self._ending.is_set():
                    await self._room.arrived.wait()
            # Whatever happens to one round must not end the task.
            except Exception as error:
                self._note(error)
                await self._pause()

    async def _watch(self) -> None:
        while not self._ending.is_set():
            try:
                await self._room.look(self._line)
            except Exception as error:
                self._note(error)
            await self._pause()

    def _note(self, error: Exception) -> None:
        self._metrics.upkeep.background_failed()
        log.error("deciding_failed", **describe(error))

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), _LOOK_S)

    async def _round(self) -> bool:
        """Decide on the next batch; whether there may be more."""
        begun = time.monotonic()
        claimed = await self._writer.run(lambda session: waiting.claim(session, utcnow(), AT_ONCE))
        hopeless = [one for one in claimed if one.before >= MOST_ATTEMPTS]
        for one in hopeless:
            await self._give_up(one)
        await self._decide([one for one in claimed if one not in hopeless])
        self._room.leave(len(claimed), time.monotonic() - begun)
        return len(claimed) == AT_ONCE

    def _line(self) -> Line:
        with self._database.reading() as session:
            return waiting.line(session)

    async def _decide(self, claimed: Sequence[Claimed]) -> None:
        """Together where that goes well, else each alone."""
        if not claimed:
            return
        contents = [content_of(one.content) for one in claimed]
        try:
            with self._pipeline.held() as loaded:
                self._judging = asyncio.create_task(judge(loaded, contents, None))
                if self._ending.is_set():
                    # `stop` came when there was nothing to cancel yet.
                    self._judging.cancel()
                judged = await self._judging
            await self._settle(claimed, judged, loaded)
        except asyncio.CancelledError:
            if not self._ending.is_set():
                raise
            # The model may have minutes to do.
            names = [one.content.id for one in claimed]
            await self._writer.run(lambda session: waiting.give_back(session, names))
        except (StoreError, TryLater):
            # They wait on, and are taken again.
            raise
        except Exception as error:
            log.warning("deciding_alone", texts=len(claimed), **describe(error))
            if len(claimed) == 1:
                await self._give_up(claimed[0])
                return
            for one in claimed:
                await self._decide([one])

    async def _give_up(self, one: Claimed) -> None:
        """Have people decide."""
        try:
            judged = failed([content_of(one.content)], "engine_failure")
            await self._settle([one], judged, self._pipeline.loaded)
        except (StoreError, TryLater):
            raise
        except Exception as error:
            # Nothing but this text is kept up by it.
            log.error("content_undecided", content=one.content.id, **describe(error))

    async def _settle(
        self, claimed: Sequence[Claimed], judged: Sequence[Judged], loaded: Loaded
    ) -> None:
        by_name = {one.content.id: its for one, its in zip(claimed, judged, strict=True)}
        engine = loaded.running.engine
        made = await self._writer.run(lambda session: self._keep.settle(session, by_name, engine))
        self._metrics.texts.judgements(made)
