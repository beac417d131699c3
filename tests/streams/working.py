"""Workers in tests: in this process, or as the command that operators run."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import generate_latest

from modsvc.api.deps import Service
from modsvc.settings import Settings
from modsvc.streams.stopping import Stopping
from modsvc.streams.worker import work
from modsvc.telemetry import Metrics
from tests.api.serving import make_settings

TEXTS, DECISIONS, DEAD = "comments", "decisions", "comments.dead"


def stream_settings(model: Path, url: str, **changes: Any) -> Settings:
    """Settings of a worker for a test."""
    given = {
        "stream_broker": url,
        "stream_in": TEXTS,
        "stream_out": DECISIONS,
        "stream_metrics_port": 0,
        # This broker has workers wait for as long when they join; NATS's is left at its 30.
        **({"stream_takeover_s": 6} if url.startswith("kafka") else {}),
        "grace_s": 5,
    }
    return make_settings(model, **{**given, **changes})


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[Service]:
    """A worker in this process within the block, which ends as after SIGTERM."""
    service, stopping = Service.open(settings, Metrics()), Stopping()
    task = asyncio.create_task(work(service, stopping))
    try:
        yield service
    finally:
        stopping.begin()
        await task


@contextmanager
def process(settings: Settings, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`modsvc stream` with these settings, in a process that does not outlive the block."""
    environment = {
        f"MODSVC_{name.upper()}": _written(getattr(settings, name))
        for name in settings.model_fields_set
        if getattr(settings, name) is not None
    }
    command = [sys.executable, "-c", "from modsvc.cli import main; main()", "stream"]
    with log.open("wb") as errors:
        started = subprocess.Popen(command, env={**os.environ, **environment}, stderr=errors)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def exposed(service: Service) -> str:
    """What `/metrics` says."""
    return generate_latest(service.metrics.registry).decode()


def decided(service: Service, outcome: str = "decided") -> float:
    """How many messages the worker has handled with that outcome."""
    name = "modsvc_stream_messages_total"
    return service.metrics.registry.get_sample_value(name, {"outcome": outcome}) or 0.0


async def wait_for(service: Service, outcome: str, least: int) -> None:
    """Until the worker has handled so many messages with that outcome."""
    await _until(service, lambda: decided(service, outcome) >= least)


async def wait_for_lag(service: Service, messages: int) -> None:
    """Until the worker says that so many messages wait."""
    value = service.metrics.registry.get_sample_value
    await _until(service, lambda: value("modsvc_stream_lag") == messages)


async def _until(service: Service, condition: Callable[[], bool]) -> None:
    for _ in range(1200):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(exposed(service))


def _written(value: Any) -> str:
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)
