"""Several services on one machine have one copy of the model in memory, and the scores they had."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from modsvc.engine import shared_weights
from modsvc.engine.artifact import load_artifact
from modsvc.engine.engine import Engine
from modsvc.engine.shared_weights import shared_network
from modsvc.errors import ArtifactError

TEXTS = ["hateword", "a plain sentence", "rudeword and more of it", "x " * 200 + "threatword"]

#: A process that opens the model by the shared folder, says its logits, and waits to be ended.
PROCESS = """
import sys
from pathlib import Path
from modsvc.engine.engine import Engine
model, folder, *texts = sys.argv[1:]
engine = Engine.load(Path(model), threads=1, shared_weights=Path(folder))
print(engine.logits(texts).tolist(), flush=True)
sys.stdin.read()
"""


@contextmanager
def process(model: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROCESS, str(model), str(folder), *TEXTS]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as running:
        yield running
        running.communicate()


def said(running: subprocess.Popen[str]) -> list[list[float]]:
    assert running.stdout is not None
    answer: list[list[float]] = json.loads(running.stdout.readline())
    return answer


def logits(model: Path, folder: Path | None) -> np.ndarray:
    return Engine.load(model, threads=1, shared_weights=folder).logits(TEXTS)


def copies(folder: Path) -> Sequence[Path]:
    return [path for path in folder.iterdir() if path.is_dir()]


def maps(pid: int) -> set[str]:
    """The inodes that a process has mapped."""
    lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    return {line.split()[4] for line in lines}


def test_services_that_start_together_map_one_file_and_score_as_each_alone(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "weights"
    alone = logits(tiny_artifact, None)

    with ExitStack() as stack:
        both = [stack.enter_context(process(tiny_artifact, folder)) for _ in range(2)]
        for running in both:
            np.testing.assert_array_equal(np.array(said(running), np.float32), alone)
        [copy] = copies(folder)
        weights = str((copy / "weights.bin").stat().st_ino)
        assert all(weights in maps(running.pid) for running in both)


def test_the_copy_is_its_users_alone_and_is_not_made_twice(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "weights"
    logits(tiny_artifact, folder)
    [copy] = copies(folder)
    made = {path: path.stat().st_mtime_ns for path in copy.iterdir()}

    assert {path.name for path in made} == {"model.onnx", "weights.bin", "copy.json"}
    for path in (folder, copy, *made):
        assert path.stat().st_mode & 0o077 == 0
    logits(tiny_artifact, folder)
    assert {path: path.stat().st_mtime_ns for path in copy.iterdir()} == made


def _cut(copy: Path) -> None:
    os.truncate(copy / "weights.bin", 100)


def _alter(copy: Path) -> None:
    (copy / "weights.bin").chmod(0o600)
    with (copy / "weights.bin").open("r+b") as weights:
        first = weights.read(1)
        weights.seek(0)
        weights.write(bytes([first[0] ^ 1]))


def _lose_network(copy: Path) -> None:
    (copy / "model.onnx").unlink()


def _lose_record(copy: Path) -> None:
    (copy / "copy.json").unlink()


def _garble_record(copy: Path) -> None:
    (copy / "copy.json").chmod(0o600)
    (copy / "copy.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize("damage", [_cut, _alter, _lose_network, _lose_record, _garble_record])
def test_a_damaged_copy_is_made_again(tiny_artifact: Path, tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    alone = logits(tiny_artifact, tmp_path)
    [copy] = copies(tmp_path)
    before = (copy / "weights.bin").read_bytes()

    damage(copy)

    np.testing.assert_array_equal(logits(tiny_artifact, tmp_path), alone)
    assert copies(tmp_path) == [copy]
    assert (copy / "weights.bin").read_bytes() == before


def test_what_a_killed_process_left_is_cleared_away(tiny_artifact: Path, tmp_path: Path) -> None:
    left = tmp_path / ".new-killed"
    left.mkdir()
    (left / "weights.bin").write_bytes(b"half of it")

    shared_network(load_artifact(tiny_artifact), tmp_path)

    assert not left.exists()
    assert len(copies(tmp_path)) == 1


@pytest.mark.parametrize("changed", ["onnxruntime", "processor", "model"])
def test_another_runtime_processor_or_model_has_a_copy_of_its_own(
    tiny_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    artifact = load_artifact(tiny_artifact)
    first = shared_network(artifact, tmp_path)
    if changed == "onnxruntime":
        monkeypatch.setattr("onnxruntime.__version__", "1.99.0")
    elif changed == "processor":
        monkeypatch.setattr(shared_weights, "_processor", lambda: "another")
    else:
        entry = artifact.manifest.files["model.onnx"]
        files = {"model.onnx": entry.model_copy(update={"sha256": "0" * 64})}
        manifest = artifact.manifest.model_copy(update={"files": files})
        artifact = type(artifact)(artifact.path, manifest, artifact.calibration)

    assert shared_network(artifact, tmp_path) != first
    assert len(copies(tmp_path)) == 2
    assert first.is_file()


def test_a_copy_that_others_may_write_to_is_refused(tiny_artifact: Path, tmp_path: Path) -> None:
    artifact = load_artifact(tiny_artifact)
    copy = shared_network(artifact, tmp_path).parent
    copy.chmod(0o777)

    with pytest.raises(ArtifactError, match="others may write to it: delete it"):
        shared_network(artifact, tmp_path)
    shutil.rmtree(copy)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    copy.symlink_to(elsewhere)
    with pytest.raises(ArtifactError, match="others may write to it: delete it"):
        shared_network(artifact, tmp_path)


def test_a_folder_that_cannot_be_used_says_what_to_do(tiny_artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    # The kernel lets nobody make folders there, root neither.
    for folder in (tmp_path / "file", Path("/proc/weights")):
        with pytest.raises(ArtifactError, match=r"MODSVC_SHARED_WEIGHTS_DIR: .* or unset it"):
            logits(tiny_artifact, folder)


def test_a_copy_that_cannot_be_finished_leaves_nothing(
    tiny_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(network: str, *, save_as: Path) -> None:
        save_as.write_bytes(b"half of it")
        raise RuntimeError("Failed to write external initializers to file")

    monkeypatch.setattr(shared_weights, "open_network", full)

    with pytest.raises(ArtifactError, match="make room there"):
        logits(tiny_artifact, tmp_path)
    assert copies(tmp_path) == []
