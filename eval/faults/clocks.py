"""A wall clock that jumps while the service runs, a day ahead and back again.

In: a plan. Out: whether texts are scored, kept and told of meanwhile, and what becomes of a lease
that was given by the wrong clock. The service runs under libfaketime, which turns its wall clock
as a hand would; its counting clock goes on, as it does then.
"""

import asyncio
import secrets
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from eval.bench.servers import HOST
from eval.faults.fault import Measured, Plan, Skipped, made
from eval.faults.traffic import (
    Sending,
    check_kept,
    ingesting,
    probing,
    tell_probes,
    wait_for,
)
from eval.load import checks, record
from eval.load.browser import Browser
from eval.load.receiver import Receiver, receiving
from eval.load.reviewing import Reviewer
from eval.load.service import LEASE_MINUTES, Service

#: In this order, in seconds from the true time.
JUMPS: Final = (86_400, -86_400, 0)

#: What was ahead is put right once a minute.
_MINUTE_S: Final = 60.0

_LATE_S: Final = 15.0

_PASSWORD: Final = secrets.token_urlsafe(12)


def jumps(plan: Plan, measured: Measured) -> None:
    """A day ahead, a day behind, and right again, under traffic."""
    clock = _Clock(plan.folder / "clock")
    with ExitStack() as stack:
        told = stack.enter_context(receiving(1))
        service = made(plan, "clock-jumps", environment=clock.environment())
        stack.callback(service.stop)
        for name in () if plan.short else ("ana", "ben"):
            service.command("user", "add", name, "--password-stdin", given=f"{_PASSWORD}\n")
        service.start()
        service.wait()
        hook = {"url": told.url, "events": ["decision.made"], "community": checks.TOLD}
        told.secret = service.post("/v1/admin/webhooks", hook, "none")["secret"]
        with ingesting(service, 10) as sending, probing(service) as seen:
            for offset in JUMPS:
                began = time.monotonic()
                clock.set(offset)
                time.sleep(plan.pick(10, 2))
                _expect_told(told, sending, measured, offset)
                if offset > 0 and not plan.short:
                    held = _hold(service)
                if offset < 0 and not plan.short:
                    _expect_free(service, held, measured)
                tell_probes(seen.between(began, time.monotonic()), measured, f"at {offset:+d} s")
        measured.say("refused", dict(sending.refused) or "none")
        service.stop()
        check_kept(service, sending, measured)


class _Clock:
    """The clock on one service's wall."""

    def __init__(self, file: Path) -> None:
        self._file = file
        found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        if not found:
            raise Skipped("needs libfaketime: apt-get install libfaketime")
        self._library = found[0]
        self.set(0)

    def set(self, offset: int) -> None:
        """Turn it."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{offset:+d}\n", encoding="ascii")
        draft.replace(self._file)

    def environment(self) -> dict[str, str]:
        """What a process needs to look at it."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            # It looks at the file once a second; more often is felt.
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def _expect_told(told: Receiver, sending: Sending, measured: Measured, offset: int) -> None:
    """Whoever is told of texts is told within seconds, whatever the clock says."""
    due = {
        one.id for one in sending.sent if one.community == checks.TOLD and one.answer is not None
    }

    def all_came() -> bool:
        return due <= {receipt.content for receipt in told.receipts if receipt.taken}

    took = wait_for(f"webhooks are told at {offset:+d} s", all_came, _MINUTE_S + _LATE_S)
    measured.say(
        f"webhooks at {offset:+d} s", f"{len(due)} texts told of, the last {took:.1f} s later"
    )


def _hold(service: Service) -> str:
    """Have ana take an item, under a lease that the wrong clock gives; its id."""
    ana = Reviewer(Browser(HOST, service.port), "ana", _PASSWORD, {}, 1)
    waiting = [item.id for item in _items(service) if item.state == "open"]
    assert asyncio.run(ana.take_over(waiting[:1])) == [], "ana does not get an item"
    return waiting[0]


def _expect_free(service: Service, item: str, measured: Measured) -> None:
    """The clock is right or behind again: ben gets the item about when its lease is over."""
    ben = Reviewer(Browser(HOST, service.port), "ben", _PASSWORD, {}, 2)
    limit = LEASE_MINUTES * _MINUTE_S + _MINUTE_S + _LATE_S
    took = wait_for("the item is free", lambda: not asyncio.run(ben.take_over([item])), limit)
    measured.say("an item held by a clock a day ahead is free after", f"{took:.0f} s")


def _items(service: Service) -> Sequence[record.Item]:
    engine = record.open_engine(service.database_url)
    try:
        return record.read_record(engine).items
    finally:
        engine.dispose()
