"""What the service does of itself while it runs.

In: a running service. Out: messages delivered, accepted texts decided on, the active policy noticed
when another process chose it, texts forgotten in time; a model in the shadow, where the settings
name one. A round that fails is logged and the next one tries again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from modsvc.api.deps import Service
from modsvc.api.upkeep import MINUTE_S, SWEEP_S, Upkeep
from modsvc.store.events import SYSTEM
from modsvc.telemetry import describe
from modsvc.webhooks.courier import Courier

#: An activation in another process counts after so many seconds at most.
POLICY_S: Final = 5.0

log = structlog.get_logger("modsvc.background")


@asynccontextmanager
async def working(service: Service) -> AsyncIterator[None]:
    """The whole service within the block; drained at its end, what was begun is finished."""
    service.writer.start()
    await service.pipeline.start()
    try:
        async with running(service):
            yield
    finally:
        await service.pipeline.stop()
        await service.admission.close()
        if service.shared_cache is not None:
            service.shared_cache.close()
        await asyncio.to_thread(service.writer.stop)
        service.database.close()


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """Work in the background until the block ends; the writer must outlive it."""
    settings = service.settings
    courier = Courier(
        service.database, service.writer, allow_private=settings.webhook_allow_private
    )
    courier.start()
    service.later.start()
    ending = asyncio.Event()
    upkeep = Upkeep(service)
    rounds: tuple[tuple[float, Callable[[], object]], ...] = (
        (POLICY_S, service.policies.refresh),
        (MINUTE_S, upkeep.minute),
        (SWEEP_S, upkeep.sweep),
    )
    tasks = [
        asyncio.create_task(_every(seconds, work, ending, service)) for seconds, work in rounds
    ]
    shadow = asyncio.create_task(asyncio.to_thread(_begin_shadow, service))
    try:
        yield
    finally:
        # A thread cannot be cancelled: what has begun is waited for, or it would go on with a
        # database that is closed.
        ending.set()
        await service.later.stop()
        await asyncio.gather(*tasks, shadow)
        for stop in (courier.stop, service.shadow.close, service.swaps.close):
            await asyncio.to_thread(stop)


def _begin_shadow(service: Service) -> None:
    folder = service.settings.shadow_model_dir
    if folder is None:
        return
    try:
        service.shadow.start(folder.resolve(), service.settings.shadow_share, actor=SYSTEM)
    except Exception as error:
        # Nobody is answered by it: the service is as good without.
        log.error("shadow_not_begun", folder=str(folder), **describe(error))


async def _every(
    seconds: float, work: Callable[[], object], ending: asyncio.Event, service: Service
) -> None:
    while not ending.is_set():
        try:
            await asyncio.to_thread(work)
        except Exception as error:
            service.metrics.upkeep.background_failed()
            log.error("background_failed", **describe(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(ending.wait(), seconds)
