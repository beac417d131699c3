"""One load from its beginning to its verdict.

In: a `Plan`. Out: an `Outcome`: what was reached, and whatever did not hold. What has to hold is
in `eval.load.checks`.
"""

import asyncio
import json
import random
import secrets
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from eval.bench.servers import HOST
from eval.errors import EvalError
from eval.load import checks, record
from eval.load.browser import Browser
from eval.load.client import Order, running
from eval.load.outcome import Outcome
from eval.load.receiver import Receiver, receiving
from eval.load.reviewing import Reviewer
from eval.load.sending import Sent
from eval.load.service import LEASE_MINUTES, Service

PEOPLE: Final = ("ana", "ben")

#: Comes when the others have gone home.
LATE: Final = "eva"

_PASSWORD: Final = secrets.token_urlsafe(12)
_LEASE: Final = timedelta(minutes=LEASE_MINUTES)

#: Every so-many-th kill hits a service that is still starting.
_EARLY: Final = 5
_EARLY_S: Final = 1.0


#: For so many seconds decisions are waited for.
_DRAIN_S: Final = 3600.0

#: A message that was being sent when the service was killed is sent again after a minute.
_PATIENT_S: Final = 75.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done to the service. `settle_s` is how long messages and leases are waited for.

    With `later` callers are answered before anything is decided, and decisions are waited for.
    The service's log, and its database where no URL names another one, stay in `folder`.
    """

    model: Path
    texts: Path
    folder: Path
    rate: float = 200.0
    seconds: float = 60.0
    kills: int = 0
    told_share: float = 0.25
    settle_s: float = 180.0
    database_url: str | None = None
    seed: int = 1
    later: bool = False


def run(plan: Plan) -> Outcome:
    """Carry a plan out. Raises EvalError where it cannot be."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    service = Service(plan.model, plan.folder, plan.database_url)
    engine = record.open_engine(service.database_url)
    try:
        if not record.is_empty(engine):
            raise EvalError("the database holds texts already: name an empty one")
        with receiving(plan.seed) as told:
            return _run(plan, service, engine, told)
    finally:
        service.stop()
        engine.dispose()


def _run(plan: Plan, service: Service, engine: Engine, told: Receiver) -> Outcome:
    for name in (*PEOPLE, LATE):
        service.command("user", "add", name, "--password-stdin", given=f"{_PASSWORD}\n")
    ingest, admin = (
        service.command("key", "add", scope, "--scope", scope).strip()
        for scope in ("ingest", "admin")
    )
    service.start()
    service.wait()
    hook = {"url": told.url, "events": ["decision.made", "decision.changed"]}
    told.secret = service.post("/v1/admin/webhooks", {**hook, "community": checks.TOLD}, admin)[
        "secret"
    ]
    output = plan.folder / "client.json"
    order = Order(
        port=service.port,
        key=ingest,
        rate=plan.rate,
        told_share=plan.told_share,
        texts=str(plan.texts),
        seed=plan.seed,
        people=dict.fromkeys(PEOPLE, _PASSWORD),
        output=str(output),
        later=plan.later,
    )
    with running(order) as client:
        began = time.monotonic()
        _kill(plan, service)
        time.sleep(max(0.0, began + plan.seconds - time.monotonic()))
        service.wait()
        seconds = time.monotonic() - began
        client.stop()
    result = json.loads(output.read_text(encoding="utf-8"))
    sent = [Sent(**one) for one in result["sent"]]
    draining_s = _drain(service, engine)
    _settle(plan, service, engine)
    faults = list(_take_over(plan, service, engine))
    if service.stop() not in (0, -signal.SIGTERM):
        faults.append("the service did not end well")
    faults += _verify(service)
    kept, patient = record.read_record(engine), plan.settle_s >= _PATIENT_S
    faults += checks.check_texts(kept, sent)
    faults += checks.check_leases(kept, _LEASE)
    faults += checks.check_webhooks(kept.messages, told.receipts, sent, patient=patient)
    return Outcome.of(
        sent=sent,
        reviewers=result["reviewers"],
        seconds=seconds,
        kills=service.starts - 1,
        draining_s=draining_s,
        record=kept,
        receipts=told.receipts,
        errors=service.errors(),
        faults=faults,
    )


def _kill(plan: Plan, service: Service) -> None:
    """`kill -9` again and again, at moments that are random and the same in every run.

    The service is up for about `plan.seconds` in all.
    """
    chance = random.Random(plan.seed)
    for number in range(plan.kills):
        if number % _EARLY == _EARLY - 1:
            time.sleep(chance.uniform(0, _EARLY_S))
        else:
            service.wait()
            time.sleep(chance.uniform(0, 2 * plan.seconds / plan.kills))
        service.kill()
        service.start()


def _drain(service: Service, engine: Engine) -> float:
    """Wait until everything is decided, if not for ever; the seconds that it took."""
    began = time.monotonic()
    while record.undecided(engine) and time.monotonic() - began < _DRAIN_S:
        service.check()
        time.sleep(0.2)
    return time.monotonic() - began


def _settle(plan: Plan, service: Service, engine: Engine) -> None:
    """Wait until everything that is to be told was told, if not for ever."""
    give_up = time.monotonic() + plan.settle_s
    while record.waiting(engine) and time.monotonic() < give_up:
        service.check()
        time.sleep(0.2)


def _take_over(plan: Plan, service: Service, engine: Engine) -> Iterator[str]:
    """Once the leases are over somebody else gets what was left lying."""
    left = [item for item in record.read_record(engine).items if item.lease_until is not None]
    over = max((item.lease_until for item in left if item.lease_until), default=None)
    if over is None or plan.settle_s < _LEASE.total_seconds():
        return
    time.sleep(max(0.0, (over - datetime.now(UTC)).total_seconds()))
    late = Reviewer(Browser(HOST, service.port), LATE, _PASSWORD, {}, plan.seed)
    for item in asyncio.run(late.take_over([item.id for item in left])):
        yield f"item {item} is stuck: nobody gets it after its lease"


def _verify(service: Service) -> Iterator[str]:
    try:
        service.command("db", "verify-log")
    except EvalError as error:
        yield str(error)
