"""infinity-emb serving the same fp32 weights, from a virtual environment of its own.

In: a folder written by `eval.bench.torch_models.save_same_model`. Out: a running server.
The environment is made on demand; the versions below are known to start together (newer
transformers and click break it).
"""

import json
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from eval.bench.servers import HOST, Server, ServerError, free_port, running

REQUIREMENTS: Final = (
    "torch==2.13.0",
    "infinity-emb[server,torch]==0.0.78",
    "transformers==4.57.6",
    "click==8.1.8",
)
SERVED_NAME: Final = "same-model"
INSTALL_TIMEOUT_S: Final = 900


def install(venv: Path) -> Path:
    """The `infinity_emb` program of `venv`, installed there when it is not yet.

    Raises:
        ServerError: pip failed; the message ends with what it said.
    """
    stamp, program = venv / ".requirements", venv / "bin" / "infinity_emb"
    wanted = "\n".join(REQUIREMENTS)
    if program.exists() and stamp.exists() and stamp.read_text() == wanted:
        return program
    venv.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", str(venv)])
    _run([str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", *REQUIREMENTS])
    stamp.write_text(wanted)
    return program


def infinity(program: Path, model: Path, threads: int, log: Path) -> AbstractContextManager[Server]:
    """`infinity_emb v2` on a free port, on the CPU, with PyTorch, as a classifier."""
    port = free_port()
    options = {
        "--model-id": str(model.resolve()),
        "--served-model-name": SERVED_NAME,
        "--engine": "torch",
        "--device": "cpu",
        "--dtype": "float32",
        "--host": HOST,
        "--port": str(port),
        "--log-level": "warning",
    }
    words = [word for option in options.items() for word in option]
    return running(
        "infinity",
        [str(program), "v2", *words, "--no-bettertransformer", "--no-model-warmup"],
        port=port,
        ready_path="/health",
        path="/classify",
        body=lambda text: json.dumps({"model": SERVED_NAME, "input": [text]}),
        log=log,
        environment={
            "OMP_NUM_THREADS": str(threads),
            "HF_HUB_OFFLINE": "1",
            "DO_NOT_TRACK": "1",
        },
    )


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_S
    )
    if done.returncode:
        raise ServerError(f"{command[0]} failed: {done.stderr.strip()[-300:]}")
