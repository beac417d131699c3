"""How much memory several services on one machine take.

In: a model, how many, and whether they share its weights. Out: what each of them has for itself
and its share of what they have together (PSS), in MB. Linux alone tells.
"""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from eval.bench.texts import POOL_FILE
from eval.errors import EvalError
from eval.load.service import Service
from eval.load.texts import stream

_TEXTS: Final = 64
_MB: Final = 1_000


class Memory(NamedTuple):
    """MB of one process: resident, its fair share, what it shares with nobody, of no file."""

    resident: float
    share: float
    private: float
    anonymous: float


def measure(model: Path, workers: int, *, shared_weights: bool) -> list[Memory]:
    """The memory of `workers` services that each answered some texts."""
    texts = stream(POOL_FILE, seed=1)
    with ExitStack() as stack:
        weights = Path(stack.enter_context(TemporaryDirectory(prefix="capacity-")))
        settings = {"SHARED_WEIGHTS_DIR": weights} if shared_weights else {}
        services = []
        for _ in range(workers):
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="capacity-")))
            service = Service(model, folder, None, settings=settings)
            key = service.command("key", "add", "memory", "--scope", "score").strip()
            service.start()
            stack.callback(service.stop)
            services.append((service, key))
        for service, key in services:
            service.wait()
            items = [{"text": next(texts)} for _ in range(_TEXTS)]
            service.post("/v1/score", {"items": items}, key)
        return [of_process(service.process.pid) for service, _ in services]


def of_process(pid: int) -> Memory:
    """The memory of a process. Raises EvalError where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    except OSError as error:
        raise EvalError(f"memory is told by Linux alone ({error.strerror})") from error
    sizes = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    private = sizes["Private_Clean"] + sizes["Private_Dirty"]
    # Not Private_Dirty, which has pages of files too, until they are on the disk.
    anonymous = sizes["Anonymous"]
    return Memory(sizes["Rss"] / _MB, sizes["Pss"] / _MB, private / _MB, anonymous / _MB)
