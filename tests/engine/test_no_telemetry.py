"""The model's runtime tells nobody that it runs."""

import os
import subprocess
import sys
from pathlib import Path


def test_loading_a_model_leaves_no_trace_in_the_home_folder(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path; from modsvc.engine.session import Session;"
        "Session(Path(sys.argv[1]) / 'model.onnx', threads=1)"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    kept = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    subprocess.run(
        [sys.executable, "-c", code, str(tiny_artifact)], env={**kept, **home}, check=True
    )
    # With its telemetry on, onnxruntime would keep a device id and a queue of events here.
    assert list(tmp_path.rglob("*")) == []
