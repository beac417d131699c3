"""What is looked after every minute and every hour, whatever the clock on the wall says.

In: a running service. Out: metrics of what waits, leases and waits put right after the clock was,
texts forgotten in time, but never by a clock that has jumped: what is erased cannot be had back.
When it is called is left to `modsvc.api.background`.
"""

import os
from typing import Final

import structlog

from modsvc.api.deps import Service
from modsvc.drift import alarms
from modsvc.store import clocks, outbox
from modsvc.store.columns import utcnow
from modsvc.store.retention import sweep
from modsvc.webhooks.courier import longest_waits

MINUTE_S: Final = 60.0
SWEEP_S: Final = 3600.0

log = structlog.get_logger("modsvc.background")


class Upkeep:
    """Rounds of one service; each may raise, and is tried again."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._clock = clocks.Clock()
        folder = service.settings.data_dir
        service.metrics.upkeep.watch_store(lambda: service.writer.waiting, lambda: _free(folder))

    def minute(self) -> None:
        """Put leases and waits right, and count what waits. Raises StoreUnavailable."""
        service, jump = self._service, self._clock.jump()
        mended = clocks.mend(service.database, lease=service.practice.lease, waits=longest_waits())
        if any(mended):
            log.warning("clock_mended", items=mended.items, messages=mended.messages)
        with service.database.reading() as session:
            now = utcnow()
            messages, oldest = outbox.waiting(session, now)
            standing = alarms.between(session, now - alarms.STANDS, now)
        service.metrics.upkeep.minute(messages, oldest.total_seconds(), jump.total_seconds())
        service.metrics.upkeep.drift((alarm.language, alarm.signal) for alarm in standing)

    def sweep(self) -> None:
        """Forget what is old, unless the clock has jumped. Raises StoreUnavailable."""
        jump = self._clock.jump()
        if abs(jump) > clocks.TOLERATED:
            log.error("clock_jumped", seconds=round(jump.total_seconds()))
            return
        sweep(self._service.database, self._service.settings.retention_days)


def _free(folder: os.PathLike[str]) -> float:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return float("nan")
    return float(disk.f_bavail * disk.f_frsize)
