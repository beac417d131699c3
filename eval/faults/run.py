"""All faults, in the order in which they are told, and carrying some of them out.

In: a `Plan` and names. Out: a `Finding` each.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from eval.errors import EvalError
from eval.faults import (
    clocks,
    databases,
    disks,
    memory,
    models,
    overload,
    stopping,
    strangers,
)
from eval.faults.fault import Fault, Finding, Plan, attempt

FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        "overload",
        "At three times its capacity it answers those whom it lets in within the deadline and the "
        "others with 429; memory stays flat, and two seconds later all is as before.",
        overload.overload,
    ),
    Fault(
        "burst",
        "Of three queues' worth of requests at once most of those who wait as Retry-After says are "
        "taken when they come again.",
        overload.burst,
    ),
    Fault(
        "slow-clients",
        "Heads and bodies that come byte by byte, and answers that are not read, are let go after "
        "MODSVC_REQUEST_TIMEOUT_S; others do not notice.",
        strangers.slow,
    ),
    Fault(
        "half-open",
        "Clients that vanish without a word are forgotten after MODSVC_REQUEST_TIMEOUT_S, between "
        "requests after MODSVC_KEEP_ALIVE_S; others do not notice.",
        strangers.half_open,
    ),
    Fault(
        "idle-connections",
        "As many idle connections as MODSVC_MAX_CONNECTIONS allows slow nobody down, and make room "
        "for newcomers.",
        strangers.idle,
    ),
    Fault(
        "disconnects",
        "What clients who hang up have sent leaves the queue at once and is not computed.",
        strangers.disconnects,
    ),
    Fault(
        "sigterm",
        "After SIGTERM every request that has begun is answered, nothing that was answered 202 is "
        "lost, and the process ends with 0 within the grace time.",
        stopping.drain,
    ),
    Fault(
        "sigterm-twice",
        "A second SIGTERM ends it at once, and nothing that was answered 202 is lost.",
        stopping.twice,
    ),
    Fault(
        "killed",
        "After kill -9 it starts again by itself, and nothing that was answered 202 is lost.",
        stopping.killed,
    ),
    Fault(
        "out-of-memory",
        "Texts that could not be computed for want of memory are answered by an error, or sent to "
        "review where the policy has it so, and never allowed; with memory all is well again.",
        memory.out_of_memory,
    ),
    Fault(
        "model-at-start",
        "A model file that is missing, cut off or altered is named in one line, and the service "
        "ends with 1 before it listens.",
        models.at_start,
    ),
    Fault(
        "model-running",
        "Harm done to the files of a model that runs changes no answer.",
        models.while_running,
    ),
    Fault(
        "disk-full",
        "With a full disk texts to be kept are answered 503, nothing that was answered 202 is "
        "lost, scoring goes on, and with room again all is well without a restart.",
        disks.full,
    ),
    Fault(
        "disk-read-only",
        "With a disk that can only be read texts to be kept are answered 503, nothing that was "
        "answered 202 is lost, and scoring goes on.",
        disks.read_only,
    ),
    Fault(
        "database-down",
        "Without PostgreSQL texts to be kept are answered 503, keys that were in use stay good and "
        "scoring goes on; when it is back all is well without a restart.",
        databases.down,
    ),
    Fault(
        "database-hangs",
        "With a PostgreSQL that does not answer scoring goes on, and whoever waits for a write is "
        "told after 30 s that it takes too long.",
        databases.hangs,
    ),
    Fault(
        "clock-jumps",
        "Whatever the wall clock does, texts are scored and kept; webhooks are told and leases end "
        "about a minute later than they should, at most.",
        clocks.jumps,
    ),
)


def run(plan: Plan, names: Sequence[str] = ()) -> Iterator[Finding]:
    """Try faults, one after another; all without names. Raises EvalError for unknown names."""
    known = {fault.name: fault for fault in FAULTS}
    if unknown := [name for name in names if name not in known]:
        raise EvalError(f"no fault is called {', '.join(unknown)}: choose from {', '.join(known)}")
    plan.folder.mkdir(parents=True, exist_ok=True)
    if any(plan.folder.iterdir()):
        raise EvalError(f"{plan.folder} is not empty: name another folder")
    for name in names or known:
        yield attempt(known[name], plan)
