"""The platform engineer's first ten minutes, with the shipped model and a real process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from eval.bench.servers import free_port
from tests.api.serving import fresh_data_dir

MODEL = Path(__file__).parents[1] / "models" / "default"
HOSTILE = "women are too stupid to vote and should shut up"


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`modsvc serve` as a process of its own; its address, once it is ready."""
    port = free_port()
    command = [sys.executable, "-c", "from modsvc.cli import main; main()", "serve"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--model", str(MODEL)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            **os.environ,
            "MODSVC_MAX_TEXT_CHARS": "2000",
            "MODSVC_DATA_DIR": str(fresh_data_dir()),
        },
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, process)
        yield url, process
    finally:
        process.kill()
        process.communicate()


def wait_until_ready(url: str, process: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + 300
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"the service stopped: {process.communicate()[0]}")
        try:
            if httpx.get(f"{url}/readyz", timeout=60).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the service was not ready within five minutes")


def test_a_stranger_posts_a_sentence_and_gets_a_decision(
    service: tuple[str, subprocess.Popen[str]],
) -> None:
    url, _ = service
    answer = httpx.post(f"{url}/v1/score", json={"text": HOSTILE}, timeout=60)
    result = answer.json()["results"][0]
    assert result["flagged"] is True
    assert result["action"] in {"review", "withhold"}
    assert result["language"] == "en"
    assert result["reason_codes"]


def test_a_page_of_comments_is_answered_in_order_with_its_ids(
    service: tuple[str, subprocess.Popen[str]],
) -> None:
    url, _ = service
    items = [{"id": str(n), "text": f"comment number {n} about the harvest"} for n in range(40)]
    items[17]["text"] = HOSTILE
    results = httpx.post(f"{url}/v1/score", json={"items": items}, timeout=60).json()["results"]
    assert [result["id"] for result in results] == [item["id"] for item in items]
    assert [result["id"] for result in results if result["flagged"]] == ["17"]


def test_what_cannot_be_scored_is_refused_in_words(
    service: tuple[str, subprocess.Popen[str]],
) -> None:
    url, _ = service
    for body, status in (
        (b"{", 400),
        (b'{"text": 5}', 422),
        (b'{"text": "%s"}' % (b"a" * 2001), 413),
    ):
        answer = httpx.post(f"{url}/v1/score", content=body, timeout=60)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]


def test_the_operator_sees_the_traffic_and_no_text_in_the_log(
    service: tuple[str, subprocess.Popen[str]],
) -> None:
    url, process = service
    assert httpx.get(f"{url}/healthz", timeout=60).status_code == 200
    assert "modsvc_" in httpx.get(f"{url}/metrics", timeout=60).text
    process.send_signal(signal.SIGTERM)
    log, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert lines
    assert HOSTILE not in log
    assert "stupid" not in log
