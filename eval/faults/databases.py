"""A PostgreSQL that goes away and comes back, and one that hangs.

In: a plan. Out: how scoring and keeping fared meanwhile, and how soon after all was as before.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from eval.faults.fault import Measured, Plan, Skipped, serving
from eval.faults.postgres import Cluster, Missing, cluster
from eval.faults.traffic import (
    Sending,
    check_kept,
    figure,
    ingesting,
    probing,
    tell_probes,
    wait_for,
)
from eval.load.service import Service

#: So long a write waits for a database that hangs, and a little more.
_PATIENCE_S: Final = 35.0


def down(plan: Plan, measured: Measured) -> None:
    """Stopped as by a crash, under ingest, and started again."""
    with _running(plan, "database-down") as (server, service, key):
        with (
            ingesting(service, plan.pick(50, 10), key) as sending,
            probing(service, 10, key) as seen,
        ):
            time.sleep(plan.pick(10, 1))
            began = time.monotonic()
            server.stop()
            time.sleep(plan.pick(60, 7))
            back = time.monotonic()
            server.start()
            took = _again(sending)
            measured.say("down for", f"{back - began:.0f} s")
            measured.say("kept again after", f"{took:.1f} s")
            tell_probes(seen.between(began, time.monotonic()), measured, "meanwhile")
            measured.expect(took < 5, "it took long to notice that the database is back")
        _tell(service, sending, measured)


def hangs(plan: Plan, measured: Measured) -> None:
    """Frozen, so that it neither answers nor closes connections, and thawed again."""
    with _running(plan, "database-hangs") as (server, service, key):
        with ingesting(service, plan.pick(20, 5), key) as sending, probing(service, 5, key) as seen:
            time.sleep(plan.pick(10, 1))
            began = time.monotonic()
            server.freeze()
            try:
                time.sleep(plan.pick(_PATIENCE_S + 25, 8))
            finally:
                back = time.monotonic()
                server.thaw()
            took = _again(sending)
            measured.say("frozen for", f"{back - began:.0f} s")
            measured.say("kept again after", f"{took:.1f} s")
            tell_probes(seen.between(began, time.monotonic()), measured, "meanwhile")
        _tell(service, sending, measured)
        if not plan.short:
            measured.expect(sending.refused["503"] > 0, "nobody was told that it takes too long")


@contextmanager
def _running(plan: Plan, name: str) -> Iterator[tuple[Cluster, Service, str]]:
    """A cluster, a service on it, and a key, without which its callers would not be looked up."""
    try:
        with cluster() as server:
            url = server.url.render_as_string(hide_password=False)
            with serving(plan, name, url) as service:
                key = service.command("key", "add", "all", "--scope", "ingest", "--scope", "score")
                # The service looks for a first key every few seconds.
                time.sleep(6)
                yield server, service, key.strip()
    except Missing as reason:
        raise Skipped(f"{reason}: install it to try this") from reason


def _again(sending: Sending) -> float:
    """Seconds until a text is kept again."""
    before = sending.kept
    return wait_for("a text is kept again", lambda: sending.kept > before, 60)


def _tell(service: Service, sending: Sending, measured: Measured) -> None:
    measured.say("refused meanwhile", dict(sending.refused) or "none")
    measured.say("failed rounds", f"{figure(service, 'modsvc_background_failures_total'):.0f}")
    service.stop()
    check_kept(service, sending, measured)
