"""What the service does of itself while it runs.

In: a running service. Out: messages delivered, the active policy noticed when another process
chose it, texts forgotten in time. A round that fails is logged and the next one tries again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from modsvc.api.deps import Service
from modsvc.store.retention import sweep
from modsvc.telemetry import describe
from modsvc.webhooks.courier import Courier

#: An activation in another process counts after so many seconds at most.
POLICY_S: Final = 5.0

SWEEP_S: Final = 3600.0

log = structlog.get_logger("modsvc.background")


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """Work in the background until the block ends; the writer must outlive it."""
    settings = service.settings
    courier = Courier(
        service.database, service.writer, allow_private=settings.webhook_allow_private
    )
    courier.start()
    ending = asyncio.Event()
    rounds = (
        asyncio.create_task(_every(POLICY_S, service.policies.refresh, ending)),
        asyncio.create_task(
            _every(SWEEP_S, lambda: sweep(service.database, settings.retention_days), ending)
        ),
    )
    try:
        yield
    finally:
        # A thread cannot be cancelled: what has begun is waited for, or it would go on with a
        # database that is closed.
        ending.set()
        await asyncio.gather(*rounds)
        await asyncio.to_thread(courier.stop)


async def _every(seconds: float, work: Callable[[], object], ending: asyncio.Event) -> None:
    while not ending.is_set():
        try:
            await asyncio.to_thread(work)
        except Exception as error:
            log.error("background_failed", **describe(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(ending.wait(), seconds)
