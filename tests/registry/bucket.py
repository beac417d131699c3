"""A bucket to test against: a real server of S3's protocol on a socket of this machine."""

import sys
from pathlib import Path

import pytest

from eval.bench.servers import free_port
from tests.servers import Server

BUCKET = "models"


class BucketServer(Server):
    """moto's server, which keeps its objects in memory."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        super().__init__(f"http://127.0.0.1:{port}", port, command, folder / "moto.log")

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Set what a deployment sets to reach it."""
        monkeypatch.setenv("AWS_ENDPOINT_URL", self.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "for tests alone")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "for tests alone")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
