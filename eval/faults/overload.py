"""Too much traffic: three times what the service can do for minutes, and a burst of polite clients.

In: a plan. Out: what those were answered who were let in, whether those who were not were told the
truth, what it cost in memory, and how soon all was as before.
"""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from eval.bench.servers import HOST, Server, rss_mb, run_load
from eval.bench.texts import BenchText, make_texts
from eval.faults.fault import Measured, Plan, serving
from eval.faults.flood import Flood, Reply
from eval.faults.traffic import Probe, percentile, probe
from eval.load.http import Connection
from eval.load.service import Service

TIMES: Final = 3

#: As MODSVC_DEADLINE_S is by default.
DEADLINE_S: Final = 30.0

#: As MODSVC_MAX_QUEUE is by default.
QUEUE: Final = 1024

#: How far memory may grow between the first minute of the overload and its end, as a share.
GROWTH: Final = 0.05

RECOVERY_S: Final = 2.0

#: As before: within so many times what a text takes at quiet times, or this long at least.
_SLOWER: Final = 3.0
_AT_LEAST_S: Final = 0.1


def overload(plan: Plan, measured: Measured) -> None:
    """Three times the capacity, from clients of whom few do as they are told."""
    texts = make_texts(plan.model / "tokenizer.json", 512 if plan.short else 4096)
    with serving(plan, "overload", cache_size=0) as service:
        quiet = asyncio.run(_quiet(service, 20 if plan.short else 100))
        capacity = _capacity(service, texts, plan.pick(10, 2))
        rate, seconds = TIMES * capacity, plan.pick(plan.seconds, 4)
        measured.say("capacity", f"{capacity:.0f} texts/s")
        measured.say("overload", f"{rate:.0f} texts/s for {seconds:.0f} s")
        flood = Flood(service.port, [one.text for one in texts])
        memory = _watching(service, lambda: asyncio.run(flood.pour(rate, seconds)))
        tell_replies(flood, seconds, measured)
        _tell_memory(memory, measured)
        recovered = asyncio.run(_recover(service, quiet))
        measured.say("as before after", f"{recovered:.1f} s")
        measured.expect(recovered <= RECOVERY_S, f"recovery took {recovered:.1f} s")


def burst(plan: Plan, measured: Measured) -> None:
    """Three queues' worth of requests at once, all from clients who do as `Retry-After` says."""
    texts = make_texts(plan.model / "tokenizer.json", 512 if plan.short else 4096)
    queue = 64 if plan.short else QUEUE
    with serving(plan, "burst", cache_size=0, max_queue=queue, max_items=16) as service:
        count = TIMES * queue
        _capacity(service, texts, plan.pick(5, 1))
        flood = Flood(service.port, [one.text for one in texts])
        began = time.monotonic()
        waits = asyncio.run(flood.burst(count, 120))
        measured.say("requests at once", count)
        measured.say("all answered after", f"{time.monotonic() - began:.1f} s")
    attempts = Counter(len(one) + 1 for one in waits)
    measured.say("attempts", ", ".join(f"{n}: {attempts[n]}" for n in sorted(attempts)))
    refused = [one for one in waits if one]
    first = sum(len(one) == 1 for one in refused) / max(1, len(refused))
    measured.say("taken when they came again as told", f"{first:.0%}")
    measured.expect(first > 0.5, "most of those who waited as told were refused again")
    measured.expect(not any(float("inf") in one for one in waits), "some were never answered")


async def _quiet(service: Service, count: int) -> float:
    """What one text takes when nothing else goes on: the 99th percentile."""
    connection = Connection(HOST, service.port)
    probes = [await probe(connection, f"A quiet hour, minute {n}.") for n in range(count)]
    connection.close()
    return percentile([one.seconds for one in probes], 99)


def _capacity(service: Service, texts: Sequence[BenchText], seconds: float) -> float:
    """Texts a second that it answers when it always has something to do."""
    server = Server("modsvc", service.port, "/v1/score", _body, service.process, 0)
    return run_load(server, texts, 64, seconds).texts_per_s


def _body(text: str) -> str:
    return json.dumps({"text": text})


def _watching(service: Service, work: Callable[[], None]) -> list[float]:
    """Memory in MB, each second, while `work` is done."""
    seen: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(1.0):
            seen.append(rss_mb(service.process.pid))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        work()
    finally:
        done.set()
        thread.join()
    return seen


def tell_replies(flood: Flood, seconds: float, measured: Measured) -> None:
    """Note what a flood was answered, and what of it was not as promised."""
    taken = [one.seconds for one in flood.replies if one.status == 200]
    refused = [one for one in flood.replies if one.status == 429]
    others = Counter(one.status for one in flood.replies if one.status not in (200, 429))
    p50, p99 = percentile(taken, 50), percentile(taken, 99)
    turned_away = percentile([one.seconds for one in refused], 99)
    measured.say("answered 200", f"{len(taken)}, {len(taken) / seconds:.0f}/s")
    measured.say("their time", f"p50 {p50:.2f} s, p99 {p99:.2f} s")
    measured.say("answered 429", f"{len(refused)}, p99 {turned_away:.2f} s")
    measured.say("else", dict(others) or "none")
    measured.expect(p99 < DEADLINE_S, "those who were let in waited for longer than the deadline")
    measured.expect(bool(refused), "nobody was refused: it was no overload")
    measured.expect(not others, f"some were answered otherwise: {dict(others)}")
    _tell_truth(refused, measured)


def _tell_truth(refused: Sequence[Reply], measured: Measured) -> None:
    told = [one.retry_after for one in refused if one.retry_after is not None]
    again = [one.again for one in refused if one.again is not None]
    share = sum(status == 200 for status in again) / max(1, len(again))
    measured.say("Retry-After", f"{min(told, default=0):.0f} to {max(told, default=0):.0f} s")
    measured.say("taken when they came again in the middle of it", f"{share:.0%} of {len(again)}")
    measured.expect(all(1 <= one <= 60 for one in told), "a Retry-After is no number of seconds")


def _tell_memory(memory: Sequence[float], measured: Measured) -> None:
    # The first part fills the queue and the allocator's own stores.
    settled = memory[len(memory) // 5 :] or [0.0]
    measured.say("memory", f"{settled[0]:.0f} MB, at the end {settled[-1]:.0f} MB")
    if len(memory) > 30:
        grown = settled[-1] / settled[0] - 1
        measured.expect(grown < GROWTH, f"memory grew by {grown:.0%}")


async def _recover(service: Service, quiet: float) -> float:
    """Seconds until ten texts in a row were answered about as fast as before."""
    limit = max(_AT_LEAST_S, _SLOWER * quiet)
    connection = Connection(HOST, service.port)
    began, row = time.monotonic(), 0
    first = began
    while row < 10 and time.monotonic() - began < 120:
        one: Probe = await probe(connection, f"After the storm, {time.monotonic()}.")
        if one.status == 200 and one.seconds < limit:
            first = one.at if row == 0 else first
            row += 1
        else:
            row = 0
            await asyncio.sleep(0.05)
    connection.close()
    return first - began
