"""A bucket to test against: a real server of S3's protocol on a socket of this machine."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

BUCKET = "models"


class BucketServer:
    """moto's server, which keeps its objects in memory."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = int(taken.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "moto.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it listens."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        give_up = time.monotonic() + 60
        while not self._listens():
            if time.monotonic() > give_up or self._process.poll() is not None:
                raise RuntimeError(f"moto's server did not start; see {self._log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Set what a deployment sets to reach it."""
        monkeypatch.setenv("AWS_ENDPOINT_URL", self.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "for tests alone")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "for tests alone")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    def _listens(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False
