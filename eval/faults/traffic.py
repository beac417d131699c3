"""Ordinary traffic that goes on while something is wrong, and what became of it.

In: a service. Out: texts sent to be kept, each until it is answered (`ingesting`), of which nothing
may be lost; and texts scored at a steady pace (`probing`), with a status and a time for each.
"""

import asyncio
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from eval.bench.servers import HOST
from eval.errors import EvalError
from eval.faults.fault import Measured
from eval.load import checks, record
from eval.load.http import Connection, Lost
from eval.load.sending import Platform, Sent
from eval.load.service import Service
from eval.load.texts import POOL_FILE, stream

#: What goes with requests to a service without keys.
NO_KEY: Final = "none"


@dataclass
class Sending:
    """What was sent to be kept; complete once the block has ended."""

    sent: Sequence[Sent] = ()

    @property
    def kept(self) -> int:
        """How many were answered 202 so far."""
        return sum(one.answer is not None for one in self.sent)

    @property
    def refused(self) -> Counter[str]:
        """How often by which status."""
        total: Counter[str] = Counter()
        for one in self.sent:
            total.update(one.refused)
        return total


@contextmanager
def ingesting(service: Service, rate: float, key: str = NO_KEY) -> Iterator[Sending]:
    """Send `rate` texts a second meanwhile, and end when each was answered, if all goes well."""
    sending, ended = Sending(), threading.Event()

    async def run() -> None:
        platform = Platform(HOST, service.port, key, stream(POOL_FILE, 1), told_share=0.2, seed=1)
        sending.sent, stop = platform.sent, asyncio.Event()

        async def end() -> None:
            await asyncio.to_thread(ended.wait)
            stop.set()

        await asyncio.gather(platform.send(rate, stop), end())

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    try:
        yield sending
    finally:
        ended.set()
    # Where something failed it may be that nobody will ever answer.
    thread.join()


def check_kept(service: Service, sending: Sending, measured: Measured) -> None:
    """Everything that was answered is in the database, once and as answered; its record is whole.

    The service must have been stopped.
    """
    engine = record.open_engine(service.database_url)
    try:
        kept = record.read_record(engine)
    finally:
        engine.dispose()
    answered = sum(one.answer is not None for one in sending.sent)
    measured.say("texts sent, answered 202", f"{len(sending.sent)}, {answered}")
    for fault in checks.check_texts(kept, sending.sent):
        measured.expect(False, fault)
    service.command("db", "verify-log")


@dataclass(frozen=True, slots=True)
class Probe:
    """One text that was scored, or not: status 0 where the connection broke."""

    at: float
    status: int
    seconds: float


@dataclass
class Probing:
    """What was asked; times are by `time.monotonic`."""

    probes: list[Probe] = field(default_factory=list)

    def between(self, begin: float, end: float) -> list[Probe]:
        """Those that were sent in this time."""
        return [one for one in self.probes if begin <= one.at < end]


@contextmanager
def probing(service: Service, per_s: float = 10, key: str = NO_KEY) -> Iterator[Probing]:
    """Score texts one at a time meanwhile, about `per_s` a second."""
    probing, ended = Probing(), threading.Event()

    async def run() -> None:
        connection = Connection(HOST, service.port)
        for number in itertools.count():
            if ended.is_set():
                break
            probing.probes.append(await probe(connection, f"Hello for the {number}th time.", key))
            await asyncio.sleep(1 / per_s)
        connection.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    try:
        yield probing
    finally:
        ended.set()
        thread.join()


async def probe(connection: Connection, text: str, key: str = NO_KEY) -> Probe:
    """Score one text."""
    began = time.monotonic()
    headers = {"Authorization": f"Bearer {key}"}
    try:
        answer = await connection.ask(
            "POST", "/v1/score", headers, json.dumps({"text": text}).encode()
        )
        status = answer.status
    except Lost:
        status = 0
    return Probe(began, status, time.monotonic() - began)


def percentile(values: Sequence[float], q: float) -> float:
    """A percentile; 0 where there is nothing."""
    return float(np.percentile(values, q)) if values else 0.0


def tell_probes(probes: Sequence[Probe], measured: Measured, when: str) -> None:
    """Note how scoring went: all of it must have gone well."""
    p99 = 1000 * percentile([one.seconds for one in probes], 99)
    measured.say(f"scored {when}", f"{len(probes)} texts, p99 {p99:.0f} ms")
    bad = Counter(one.status for one in probes if one.status != 200)
    measured.expect(bool(probes) and not bad, f"scoring {when} was answered {dict(bad)}")


def figure(service: Service, name: str) -> float:
    """One figure of `/metrics`, summed over its labels; 0 where there is none."""

    async def ask() -> bytes:
        connection = Connection(HOST, service.port)
        try:
            return (await connection.ask("GET", "/metrics", {})).body
        finally:
            connection.close()

    lines = asyncio.run(ask()).decode().splitlines()
    found = [line for line in lines if line.partition(" ")[0].partition("{")[0] == name]
    return sum(float(line.rpartition(" ")[2]) for line in found)


def wait_for(what: str, true: Callable[[], bool], seconds: float) -> float:
    """How long it took. Raises EvalError when it takes longer than `seconds`."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise EvalError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)
    return time.monotonic() - began
