"""The service under load: `modsvc serve` as a process of its own, killed and started again.

In: a model, a data folder, perhaps a database's URL. Out: a process on one port, the commands that
prepare and verify its database, and what it logged as errors. It is configured by the environment
alone, and by none of the caller's own settings.
"""

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from eval.bench.servers import HOST, OURS, free_port
from eval.errors import EvalError

LEASE_MINUTES: Final = 1

_READY_S: Final = 120.0
_POLL_S: Final = 0.02
_PREFIX: Final = "MODSVC_"


class Service:
    """One service; `starts` counts its processes."""

    def __init__(
        self,
        model: Path,
        data_dir: Path,
        database_url: str | None,
        *,
        log: Path | None = None,
        settings: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`settings` go before the usual ones, without their prefix; `environment` beside them."""
        self.port = free_port()
        self.log = log or data_dir / "service.log"
        self.database_url = database_url or f"sqlite:///{data_dir / 'modsvc.sqlite3'}"
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        own = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}
        chosen = {
            "HOST": HOST,
            "PORT": self.port,
            "MODEL_DIR": model,
            "DATA_DIR": data_dir,
            "DATABASE_URL": self.database_url,
            "SECRET_KEY": secrets.token_hex(32),
            "WEBHOOK_ALLOW_PRIVATE": "true",
            "LEASE_MINUTES": LEASE_MINUTES,
            "LOG_LEVEL": "warning",
            **(settings or {}),
        }
        self._environment = {
            **own,
            **{f"{_PREFIX}{name}": str(value) for name, value in chosen.items()},
            **(environment or {}),
        }

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that was started last. Raises EvalError when there was none."""
        if self._process is None:
            raise EvalError("the service was not started")
        return self._process

    @property
    def environment(self) -> dict[str, str]:
        """What the service and its commands are configured by, for other programs that ask them."""
        return dict(self._environment)

    def command(self, *arguments: str, given: str = "") -> str:
        """What a `modsvc` command prints. Raises EvalError when it fails."""
        done = subprocess.run(
            [sys.executable, "-c", OURS, *arguments],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env=self._environment,
        )
        if done.returncode:
            what = " ".join(arguments[:2])
            raise EvalError(f"modsvc {what}: {done.stderr.strip()[-500:] or done.returncode}")
        return done.stdout

    def start(self) -> None:
        """Begin to start; `wait` says when it answers."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-c", OURS, "serve"],
                stdout=stream,
                stderr=stream,
                env=self._environment,
            )
        self.starts += 1

    def wait(self) -> None:
        """Return once it answers. Raises EvalError when it ended, or takes too long."""
        give_up = time.monotonic() + _READY_S
        while not self._is_ready():
            self.check()
            if time.monotonic() > give_up:
                raise EvalError(f"the service does not become ready; see {self.log}")
            time.sleep(_POLL_S)

    def check(self) -> None:
        """Raise EvalError when the process ended by itself."""
        if self._process is None or self._process.poll() is not None:
            raise EvalError(f"the service ended by itself; see {self.log}")

    def kill(self) -> None:
        """`kill -9`, in the middle of whatever it does."""
        self.check()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def post(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        """One call of the API. Raises EvalError unless it goes well."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise EvalError(f"POST {path} was answered {answer.status}")
        made: dict[str, Any] = json.loads(content)
        return made

    def errors(self) -> Counter[str]:
        """What was logged as an error, and how often."""
        seen: Counter[str] = Counter()
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                # Whatever is no log entry is a traceback, or worse.
                seen["(not a log entry)"] += 1
                continue
            if entry.get("level") in ("error", "critical"):
                seen[str(entry.get("event")).partition(" ")[0]] += 1
        return seen

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
