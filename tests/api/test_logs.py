"""A privacy officer reads the logs of a running service: JSON, and never a text."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog

from modsvc.telemetry import configure_logging
from tests.api.serving import fresh_data_dir

SECRET = "xyzzy"


def test_a_served_text_is_nowhere_in_the_logs(tiny_artifact: Path) -> None:
    command = [sys.executable, "-c", "from modsvc.cli import main; main()"]
    options = ["serve", "--port", "0", "--model", str(tiny_artifact)]
    environment = {**os.environ, "MODSVC_DATA_DIR": str(fresh_data_dir())}
    with subprocess.Popen(
        [*command, *options], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        lines: list[str] = []
        try:
            url = None
            give_up = time.monotonic() + 300
            while url is None and time.monotonic() < give_up:
                lines.append(process.stderr.readline())
                found = re.search(r"running on (http://127\.0\.0\.1:\d+)", lines[-1])
                url = found[1] if found else None
            assert url is not None, lines
            with httpx.Client(base_url=url, timeout=60) as client:
                assert client.post("/v1/score", json={"text": f"a {SECRET}"}).status_code == 200
                client.post("/v1/score", json={"text": [SECRET]})
                client.post("/v1/score", content=f'{{"{SECRET}": ')
                client.get(f"/{SECRET}?{SECRET}={SECRET}")
        finally:
            process.send_signal(signal.SIGTERM)
        lines += process.stderr.readlines()
    events = [json.loads(line) for line in lines]
    statuses = [event["status"] for event in events if event["event"] == "request"]
    assert statuses == [200, 422, 400, 404]
    assert SECRET not in "".join(lines)


@pytest.fixture
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.usefixtures("restored_logging")
def test_another_librarys_exception_is_logged_without_its_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("info")
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("some.library").exception("it failed")
    event = json.loads(capsys.readouterr().err)
    assert (event["event"], event["exception"]) == ("it failed", "ValueError")
    assert event["at"]
    assert SECRET not in json.dumps(event)
