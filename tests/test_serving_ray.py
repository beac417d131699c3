"""The service behind Ray Serve answers as `modsvc serve` does, on a real socket."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eval.bench.servers import free_port
from tests.backlog.cluster import PATIENCE_S, PATIENT, ROOT

pytestmark = pytest.mark.heavy

SERVE = """
import sys
import ray
from ray import serve
from modsvc.serving_ray import Arguments, build
ray.init(num_cpus=1, include_dashboard=False)
serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
serve.run(build(Arguments(cores=1)), blocking=True)
"""


@contextmanager
def serving(model: Path, folder: Path) -> Iterator[str]:
    port = free_port()
    environment = {
        **os.environ,
        **PATIENT,
        "RAY_ADDRESS": "local",
        "MODSVC_MODEL_DIR": str(model),
        "MODSVC_DATA_DIR": str(folder / "data"),
        "MODSVC_THREADS": "1",
    }
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(port)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        url, until = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE_S
        while not answers(f"{url}/readyz"):
            said = (folder / "serve.log").read_text()
            assert process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_replica_scores(tiny_artifact: Path, tmp_path: Path) -> None:
    with serving(tiny_artifact, tmp_path) as url:
        request = urllib.request.Request(
            f"{url}/v1/score",
            data=json.dumps({"items": [{"text": "hello hateword", "language": "en"}]}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = json.load(answer)
        assert said["results"][0]["flagged"], said
        assert said["model_version"] == "tiny-1"


def test_several_replicas_without_a_shared_database_are_refused(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    code = "from modsvc.serving_ray import Arguments, build; build(Arguments(most=3))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "MODSVC_MODEL_DIR": str(tiny_artifact)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "MODSVC_DATABASE_URL" in done.stderr.splitlines()[-1]
