"""An operator stops the service: what has begun is finished, within a time, and it ends well."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from eval.bench.servers import free_port
from modsvc.cli import stopping
from tests.api.serving import fresh_data_dir

#: Seconds for one step, on a machine that is busy with other tests.
LONG_S = 300

SERVE = f"""
import sys
from modsvc.cli import main, stopping
stopping.REST_S = {LONG_S}
sys.exit(main())
"""

COMMAND = [sys.executable, "-c", SERVE, "serve"]

HALF = (
    b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17\r\n"
    b'Expect: 100-continue\r\n\r\n{"text": '
)
REST = b'"hello"}'
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Started(NamedTuple):
    process: subprocess.Popen[str]
    port: int

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=LONG_S)

    def begun(self) -> socket.socket:
        """A connection with a request that has begun and lacks its end."""
        connection = self.connected()
        connection.sendall(HALF)
        # Which the service says when the application asks for the rest.
        assert connection.recv(len(CONTINUE)) == CONTINUE
        return connection


@contextmanager
def started(model: Path, grace_s: int) -> Iterator[Started]:
    port = free_port()
    given = {
        "MODEL_DIR": model,
        "DATA_DIR": fresh_data_dir(),
        "PORT": port,
        "GRACE_S": grace_s,
        "REQUEST_TIMEOUT_S": LONG_S,
    }
    variables = {f"MODSVC_{name}": str(value) for name, value in given.items()}
    process = subprocess.Popen(
        COMMAND, env={**os.environ, **variables}, stderr=subprocess.PIPE, text=True
    )
    one = Started(process, port)
    try:
        give_up = time.monotonic() + LONG_S
        while True:
            try:
                one.connected().close()
                break
            except OSError:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < give_up
                time.sleep(0.1)
        yield one
    finally:
        process.kill()
        process.communicate()


def test_what_has_begun_is_answered_and_the_end_is_a_good_one(tiny_artifact: Path) -> None:
    with (
        started(tiny_artifact, LONG_S) as service,
        # Taken before the one that has begun, as they come in turn.
        service.connected() as idle,
        service.begun() as begun,
    ):
        service.process.send_signal(signal.SIGTERM)
        # Who has asked nothing is let go, and nobody new is let in.
        assert idle.recv(10) == b""
        wait_until_refused(service)
        begun.sendall(REST)
        assert b"200 OK" in begun.recv(65_536)
        assert service.process.wait(LONG_S) == 0


def wait_until_refused(service: Started) -> None:
    give_up = time.monotonic() + LONG_S
    while time.monotonic() < give_up:
        try:
            service.connected().close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    raise AssertionError("somebody new was let in")


def test_the_grace_time_is_all_there_is(tiny_artifact: Path) -> None:
    with started(tiny_artifact, 1) as service, service.begun() as begun:
        service.process.send_signal(signal.SIGTERM)
        # To the end: head and body may come one after the other.
        came = b"".join(iter(lambda: begun.recv(65_536), b""))
        assert b" 503 " in came
        assert b"The service is stopping" in came
        assert service.process.wait(LONG_S) == 0


def test_who_asks_twice_does_not_wait(tiny_artifact: Path) -> None:
    with (
        started(tiny_artifact, LONG_S) as service,
        service.connected() as idle,
        service.begun(),
    ):
        service.process.send_signal(signal.SIGTERM)
        # Two signals that came at once would be one: the first has done its work here.
        assert idle.recv(10) == b""
        assert service.process.poll() is None
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(LONG_S) == -signal.SIGTERM


def test_a_port_that_is_taken_is_named(tiny_artifact: Path) -> None:
    with started(tiny_artifact, 20) as service:
        second = subprocess.run(
            [*COMMAND, "--port", str(service.port), "--model", str(tiny_artifact)],
            env={**os.environ, "MODSVC_DATA_DIR": str(fresh_data_dir())},
            capture_output=True,
            text=True,
            timeout=LONG_S,
            check=False,
        )
    assert second.returncode == 1
    assert f"port {service.port}" in second.stderr.splitlines()[-1]
    assert "Traceback" not in second.stderr


def test_what_hangs_is_left_behind() -> None:
    """A thread that never ends, as in a database that hangs, does not keep the process."""
    script = f"""
import threading, time
from modsvc.cli import stopping
stopping.REST_S = 0.2
class Config: timeout_graceful_shutdown = 0
server = stopping.Server.__new__(stopping.Server)
server.config, server.should_exit = Config(), False
threading.Thread(target=time.sleep, args=(600,)).start()
server.handle_exit({int(signal.SIGTERM)}, None)
"""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "stop_cut_short" in done.stderr
    assert time.monotonic() - begun < 100
    assert stopping.REST_S == 5.0
