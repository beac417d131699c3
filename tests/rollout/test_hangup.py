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


@pytest.mark.slow
def test_a_turned_link_and_a_hangup_change_the_model(models: Path) -> None:
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
    with subprocess.Popen(COMMAND, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for(port, "tiny-one")
            link.unlink()
            link.symlink_to(models / "two")
            process.send_signal(signal.SIGHUP)
            wait_for(port, "tiny-two")
            # A hangup without anything new is not the end of the process.
            process.send_signal(signal.SIGHUP)
            time.sleep(1)
            wait_for(port, "tiny-two")
        finally:
            process.send_signal(signal.SIGTERM)
            _, logs = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGTERM)
    assert '"event": "model_swapped"' in logs
    assert '"actor": "operator:' in logs
    assert '"event": "model_not_reloaded"' in logs


def wait_for(port: int, version: str) -> None:
    give_up = time.monotonic() + 60
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
