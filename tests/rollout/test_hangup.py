"""SIGHUP loads what is now in the model's folder, in the process as it is started for good."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from eval.bench.servers import free_port
from tests.api.serving import fresh_data_dir

COMMAND = [sys.executable, "-c", "from modsvc.cli import main; main()", "serve"]

#: Seconds for one step, which takes a few where a core is free; many may share the machine.
PATIENCE_S = 300


@pytest.mark.slow
def test_a_turned_link_and_a_hangup_change_the_model(models: Path, tmp_path: Path) -> None:
    link = models / "current"
    link.symlink_to(models / "one")
    port = free_port()
    given = {
        "MODSVC_MODEL_DIR": link,
        "MODSVC_DATA_DIR": fresh_data_dir(),
        "MODSVC_PORT": port,
        "MODSVC_THREADS": 1,
    }
    environment = {**os.environ, **{name: str(value) for name, value in given.items()}}
    log = tmp_path / "serve.log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(COMMAND, env=environment, stderr=errors) as process,
    ):
        try:
            wait_for(port, "tiny-one")
            link.unlink()
            link.symlink_to(models / "two")
            process.send_signal(signal.SIGHUP)
            wait_for(port, "tiny-two")
            # A hangup without anything new is not the end of the process.
            process.send_signal(signal.SIGHUP)
            wait_for_event(log, "model_not_reloaded")
            wait_for(port, "tiny-two")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
    assert process.returncode in (0, -signal.SIGTERM)
    logs = log.read_text(encoding="utf-8")
    assert '"event": "model_swapped"' in logs
    assert '"actor": "operator:' in logs


def wait_for(port: int, version: str) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=10)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if answer.json()["model_version"] == version:
            return
        time.sleep(0.1)
    pytest.fail(f"{version} does not answer")


def wait_for_event(log: Path, event: str) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while f'"event": "{event}"' not in log.read_text(encoding="utf-8"):
        assert time.monotonic() < give_up, f"{event} is not in the log"
        time.sleep(0.05)
