"""A Redis to test against: a private one in a temporary folder, or a loud skip without one."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from eval.bench.servers import free_port
from tests.servers import Server

PASSWORD = "for tests alone"


class RedisServer(Server):
    """One that keeps nothing: it comes back with all forgotten. `url` has its password."""

    def __init__(self, binary: str, folder: Path) -> None:
        port = free_port()
        command = [
            *(binary, "--port", str(port), "--bind", "127.0.0.1", "--save", ""),
            *("--requirepass", PASSWORD, "--dir", str(folder)),
        ]
        url = f"redis://:{quote(PASSWORD)}@127.0.0.1:{port}/0"
        super().__init__(url, port, command, folder / "redis.log")


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running server with nothing in it."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("REDIS IS NOT INSTALLED: limits across processes were not tested")
    server = RedisServer(binary, tmp_path)
    server.start()
    yield server
    server.stop()
