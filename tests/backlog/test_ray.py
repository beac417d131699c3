"""A backlog in a bucket, two machines, one of which dies: every row is decided, and once."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from modsvc.backlog.formats import choose_formats
from modsvc.backlog.parts import MANIFEST, RECORDS
from modsvc.cli.score_files import score_file
from modsvc.pipeline import Pipeline
from modsvc.settings import Settings
from tests.backlog.cluster import PATIENCE_S, ROOT, running
from tests.backlog.rows import decided, write_inputs
from tests.registry.bucket import BucketServer

pytestmark = pytest.mark.heavy

OURS = "import sys; from modsvc.cli import main; sys.exit(main())"
ROWS = 60
PART = 10


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketServer]:
    server = BucketServer(tmp_path)
    server.start()
    server.use(monkeypatch)
    yield server
    server.stop()


def command(model: Path, *options: str) -> list[str]:
    places = ("--input", "s3://backlog/in", "--output", "s3://backlog/out")
    return [
        *(sys.executable, "-c", OURS, "score", "--engine", "ray", "--model", str(model), *places),
        *("--part-rows", str(PART), *options),
    ]


def committed() -> set[str]:
    files = fsspec.filesystem("s3", use_listings_cache=False)
    found: list[str] = files.find(f"backlog/out/{RECORDS}")
    return set(found)


def test_a_machine_that_dies_loses_and_doubles_no_row(
    tiny_artifact: Path, tmp_path: Path, bucket: BucketServer
) -> None:
    inputs = write_inputs(tmp_path / "in", ROWS)
    files = fsspec.filesystem("s3", use_listings_cache=False)
    files.mkdir("backlog")
    files.put(f"{inputs}/", "backlog/in/", recursive=True)

    with running(os.environ, tmp_path / "ray.log") as machines:
        run = command(tiny_artifact, "--address", machines.address)
        with (tmp_path / "score.log").open("w") as log:
            scoring = subprocess.Popen(run, cwd=ROOT, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE_S
        while len(committed()) < 3:
            said = (tmp_path / "score.log").read_text()
            assert scoring.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.1)
        machines.kill()
        early = committed()
        code = scoring.wait(timeout=PATIENCE_S)
    said = (tmp_path / "score.log").read_text()
    # Some rows are malformed, and are told as on one machine.
    assert code == 1, said
    assert "7 of 257 rows were malformed" in said
    assert len(early) < len(committed()), "it was over before the machine died"

    again = subprocess.run(
        command(tiny_artifact), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "7 of 257 rows were malformed" in again.stderr

    out = tmp_path / "out"
    files.get("backlog/out/", str(out), recursive=True)
    manifest = json.loads((out / MANIFEST).read_text())
    assert (manifest["rows"], manifest["errors"]) == (257, 7)
    pipeline = Pipeline.load(Settings(model_dir=tiny_artifact, threads=1))
    for name in sorted(path for path in inputs.rglob("*.*") if path.is_file()):
        relative = name.relative_to(inputs)
        read, written = choose_formats(name, None, None)
        whole = tmp_path / f"whole.{written}"
        score_file(pipeline, name, whole, (read, written), None)
        assert decided(out / relative) == decided(whole)
        assert len(list((out / relative).iterdir())) == -(-len(decided(whole)) // PART)
