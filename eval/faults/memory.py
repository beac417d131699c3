"""A service that gets no more memory while it computes.

In: a plan. Out: what callers were answered: an error, or a review where the policy has it so, and
never that a text is harmless because it could not be looked at.
"""

import asyncio
import json
import resource
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml

from eval.bench.servers import HOST
from eval.faults.fault import Measured, Plan, serving
from eval.load.http import Answer, Connection, Lost
from eval.load.service import Service

#: Long texts, of which each is many windows: they need more memory at once than is left.
_TEXTS: Final = 40
_WORDS: Final = 3_000

#: So much more than it has, in MB: the less, the earlier something fails.
_SPARE_MB: Final = (0, 4, 16, 64)

#: What failing may look like. 0 is a connection that broke.
_ERRORS: Final = (500, 503)


def out_of_memory(plan: Plan, measured: Measured) -> None:
    """Under each policy for failures: no more memory, then as much as before."""
    for action in ("error", "review"):
        policy = _policy(plan.folder, action)
        with serving(
            plan, f"memory-{action}", cache_size=0, max_wait_s=600, policy_file=policy
        ) as service:
            asyncio.run(_try(service, action, measured))


async def _try(service: Service, action: str, measured: Measured) -> None:
    before = await _ask(service, 1)
    measured.expect(_status(before) == 200, "it did not answer at first")
    starved: list[Answer | None] = []
    for spare in _SPARE_MB:
        with _limited(service.process.pid, spare << 20):
            starved += await asyncio.gather(*(_ask(service, _TEXTS) for _ in range(4)))
    measured.expect(service.process.poll() is None, "the process ended")
    ends = Counter(_status(one) for one in starved)
    measured.say(f"policy {action}: without memory", _told(ends))
    allowed = sum(_allowed_unseen(one) for one in starved)
    measured.expect(allowed == 0, f"{allowed} answers allow what was not looked at")
    others = set(ends) - {200, 0, *_ERRORS}
    measured.expect(not others, f"some were answered {others}")
    after = [await _ask(service, 1) for _ in range(5)]
    well = sum(_status(one) == 200 and not _failed(one) for one in after)
    measured.say(f"policy {action}: with memory again", f"{well} of 5 answered well")
    measured.expect(well == 5, "it does not recover")


async def _ask(service: Service, texts: int) -> Answer | None:
    word = "hello women " * (_WORDS // 2)
    items = [
        {"text": f"{number} {word if texts > 1 else 'hello'}"[:20_000]} for number in range(texts)
    ]
    connection = Connection(HOST, service.port)
    try:
        return await connection.ask("POST", "/v1/score", {}, json.dumps({"items": items}).encode())
    except Lost:
        return None
    finally:
        connection.close()


@contextmanager
def _limited(process: int, spare: int) -> Iterator[None]:
    """Let a process have `spare` bytes more than it has now, and no more."""
    usual = resource.prlimit(process, resource.RLIMIT_AS)
    used = int(Path(f"/proc/{process}/statm").read_text().split()[0]) * resource.getpagesize()
    resource.prlimit(process, resource.RLIMIT_AS, (used + spare, usual[1]))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_AS, usual)


def _status(answer: Answer | None) -> int:
    return 0 if answer is None else answer.status


def _results(answer: Answer | None) -> Sequence[dict[str, Any]]:
    if answer is None or answer.status != 200:
        return []
    results: list[dict[str, Any]] = json.loads(answer.body)["results"]
    return results


def _allowed_unseen(answer: Answer | None) -> int:
    return sum(one["probability"] is None and one["action"] == "allow" for one in _results(answer))


def _failed(answer: Answer | None) -> bool:
    return any(one["probability"] is None for one in _results(answer))


def _told(ends: Counter[int]) -> str:
    return ", ".join(f"{status or 'no answer'}: {count}" for status, count in sorted(ends.items()))


def _policy(folder: Path, action: str) -> Path:
    """The packaged policy, but for what it says of failures."""
    text = files("modsvc.policy").joinpath("default.yaml").read_text(encoding="utf-8")
    changes = {"on_engine_failure": action, "version": f"faults-{action}"}
    path = folder / f"policy-{action}.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(text), **changes}), encoding="utf-8")
    return path
