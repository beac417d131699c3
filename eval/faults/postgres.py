"""A private PostgreSQL that can be stopped, frozen and started again.

In: nothing but PostgreSQL's own programs. Out: a running `Cluster` in a temporary folder, as a user
who is not root, gone at the end. Who has no PostgreSQL gets Missing.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from eval.bench.servers import free_port


class Missing(Exception):
    """PostgreSQL is not installed."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster on a port of the loopback address; `url` is its maintenance database."""

    folder: Path
    binaries: Path
    port: int
    user: str | None

    @property
    def url(self) -> URL:
        """Where it answers while it runs."""
        return URL.create(
            "postgresql+psycopg",
            username="modsvc",
            password="not checked",
            host="127.0.0.1",
            port=self.port,
            database="postgres",
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c fsync=off"
        options += f" -c unix_socket_directories={self.folder}"
        self._control(f"--log={self.folder / 'log'}", f"--options={options}", "start")

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        self._control("--mode=immediate", "stop")

    def freeze(self) -> None:
        """Let it hang: it neither answers nor closes anything."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def prepare(self) -> None:
        """Make its files."""
        self._run(
            *(str(self.binaries / "initdb"), "--no-sync", "--username=modsvc", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", f"--pgdata={self._data}"),
        )

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _control(self, *arguments: str) -> None:
        self._run(str(self.binaries / "pg_ctl"), f"--pgdata={self._data}", "--wait", *arguments)

    def _run(self, *command: str) -> None:
        subprocess.run(
            command,
            user=self.user,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
            # A pipe would be kept open by the server.
            stderr=subprocess.DEVNULL,
        )

    def _signal(self, which: signal.Signals) -> None:
        first = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for process in (first, *map(int, children)):
            os.kill(process, which)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running one. Raises Missing."""
    binaries, user = _binaries(), _unprivileged()
    # In the common temporary folder: others may be closed to the user whom the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="modsvc-postgres-"))
    if user is not None:
        shutil.chown(folder, user)
    made = Cluster(folder, binaries, free_port(), user)
    try:
        made.prepare()
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)


def _binaries() -> Path:
    found = shutil.which("pg_ctl")
    if found is not None:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not installed:
        raise Missing("PostgreSQL is not installed")
    return installed[-1].parent


def _unprivileged() -> str | None:
    """Whom to run the server as: itself it refuses to be root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
