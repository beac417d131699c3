"""Servers under load: ours and infinity, each a process of its own, stopped afterwards.

In: a command line and the address it will listen on. Out: a running `Server`, the
seconds it took to be ready, its memory, and rounds of load from a separate client.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eval.bench.measure import Sample
from eval.bench.texts import BenchText

HOST: Final = "127.0.0.1"
POLL_S: Final = 0.02

#: Linux gives connections to elsewhere ports from 32768 on, Ray its workers those below 20000.
_PORTS: Final = range(20_000, 32_000)

#: Not of this process's seed: two that begin alike must not find the same ports.
_RANDOM: Final = random.SystemRandom()

OURS: Final = "import sys; from modsvc.cli import main; sys.exit(main())"


class ServerError(Exception):
    """A server did not start or did not answer; the message says where its log is."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `body` makes one request's JSON of one text."""

    name: str
    port: int
    path: str
    body: Callable[[str], str]
    process: subprocess.Popen[bytes]
    ready_s: float

    def rss_mb(self) -> float:
        """Resident memory of the process and its children, in MB (10^6 bytes)."""
        return rss_mb(self.process.pid)


def ours(model: Path, threads: int, log: Path) -> AbstractContextManager[Server]:
    """`modsvc serve` with the model, on a free port, without the cache of scores."""
    port = free_port()
    command = [sys.executable, "-c", OURS, "serve", "--host", HOST, "--port", str(port)]
    return running(
        "modsvc",
        [*command, "--model", str(model)],
        port=port,
        ready_path="/readyz",
        path="/v1/score",
        body=lambda text: json.dumps({"text": text}),
        log=log,
        environment={
            "MODSVC_THREADS": str(threads),
            "MODSVC_LOG_LEVEL": "warning",
            # The texts come round again; what is measured is the model.
            "MODSVC_CACHE_SIZE": "0",
        },
    )


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    *,
    port: int,
    ready_path: str,
    path: str,
    body: Callable[[str], str],
    log: Path,
    environment: Mapping[str, str],
    timeout_s: float = 120.0,
) -> Iterator[Server]:
    """Start a server, wait until `ready_path` answers 200, and stop it at the end.

    Raises:
        ServerError: it ended, or was not ready within `timeout_s`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, env={**os.environ, **environment}
        )
        try:
            while not _answers(port, ready_path):
                if process.poll() is not None or time.perf_counter() - began > timeout_s:
                    raise ServerError(f"{name} did not become ready; see {log}")
                time.sleep(POLL_S)
            yield Server(name, port, path, body, process, time.perf_counter() - began)
        finally:
            _stop(process)


def run_load(
    server: Server,
    texts: Sequence[BenchText],
    clients: int,
    seconds: float,
    rate: float | None = None,
) -> Sample:
    """One round of single-text requests from `clients` connections of a separate process.

    As many as are answered, or `rate` a second.

    Raises:
        ServerError: an answer was not 200, or the client failed.
    """
    order = {
        "host": HOST,
        "port": server.port,
        "path": server.path,
        "bodies": [server.body(one.text) for one in texts],
        "clients": clients,
        "seconds": seconds,
        "rate": rate,
    }
    done = subprocess.run(
        [sys.executable, "-m", "eval.bench.load"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"the load on {server.name} failed: {done.stderr.strip()[-300:]}")
    result = json.loads(done.stdout)
    sent = [texts[i % len(texts)].tokens for i in range(result["requests"])]
    return Sample(len(sent), sum(sent), result["seconds"], tuple(result["latencies_ms"]))


def rss_mb(process: int) -> float:
    """Resident memory of a process and its children, in MB (10^6 bytes)."""
    return sum(_rss_kb(pid) for pid in _tree(process)) * 1024 / 1e6


def free_port() -> int:
    """A TCP port that nobody has just now, and that no connection to elsewhere is given.

    Raises:
        ServerError: none is free.
    """
    for port in _RANDOM.sample(_PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise ServerError(f"a hundred ports of {_PORTS} are taken: end what listens on them")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tree(pid: int) -> list[int]:
    """The process and all its descendants; Linux only, elsewhere the process alone."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [pid]
    if children.exists():
        for child in children.read_text().split():
            found += _tree(int(child))
    return found


def _rss_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    lines = [line for line in status.read_text().splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) if lines else 0
