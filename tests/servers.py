"""Servers to test against: each a process of its own on a port of this machine."""

import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

#: Most listen within a second; a machine that is busy with other tests takes its time.
_START_S = 300


class Server:
    """A server on one port, which can go down and come back."""

    def __init__(self, url: str, port: int, command: Sequence[str], log: Path) -> None:
        self.url = url
        self.port = port
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        give_up = time.monotonic() + _START_S
        while not self._listens():
            if time.monotonic() > give_up or self._process.poll() is not None:
                raise RuntimeError(f"{self._command[0]} did not start; see {self._log}")
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
