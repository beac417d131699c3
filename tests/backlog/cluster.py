"""A Ray cluster of two machines, as far as Ray can tell, in a process of its own.

In: lines on standard input. Out: the cluster's address, when it is there; `kill` kills the machine
that joined, the end of the input ends everything. Each machine has one core.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

#: Seconds for one step. The longest of these tests took 83 in all on two cores that were free; a
#: machine that many share is given several times that.
PATIENCE_S = 300

PATIENT: Mapping[str, str] = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "disabled",
    "RAY_DASHBOARD_STARTUP_TIMEOUT_S": f"{PATIENCE_S}",
    "RAY_agent_register_timeout_ms": f"{PATIENCE_S}000",
    "RAY_worker_register_timeout_seconds": f"{PATIENCE_S}",
    # Ray would give way to everything else.
    "RAY_worker_niceness": "0",
    "OMP_NUM_THREADS": "1",
}

_STORE = 80_000_000


class Machines:
    """The running cluster, from outside."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.address = address
        self._process = process

    def kill(self) -> None:
        """Kill the machine that joined, with all that it does."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print("kill", file=self._process.stdin, flush=True)
        assert self._process.stdout.readline() == "killed\n"


@contextmanager
def running(environment: Mapping[str, str], log: Path) -> Iterator[Machines]:
    """A cluster whose processes have this environment."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.backlog.cluster"],
            cwd=ROOT,
            env={**environment, **PATIENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdout is not None
        with process:
            address = process.stdout.readline().strip()
            if not address:
                # Its processes need a core within fifteen seconds, which cannot be set.
                pytest.skip(f"RAY DID NOT START ON THIS MACHINE, no node was killed; see {log}")
            yield Machines(process, address)
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=PATIENCE_S)


def main() -> None:
    """Start, say where, and do as told."""
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 1, "object_store_memory": _STORE, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    joined = cluster.add_node(num_cpus=1, object_store_memory=_STORE)
    print(cluster.address, flush=True)
    for line in sys.stdin:
        assert line == "kill\n"
        cluster.remove_node(joined, allow_graceful=False)
        print("killed", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
