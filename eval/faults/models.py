"""Model files that are missing, cut off or altered: at the start, and under a running service.

In: a plan. Out: how it ended and what it said; what went on being answered.
"""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from eval.bench.servers import HOST
from eval.faults.fault import Measured, Plan, made, serving
from eval.load.http import Answer, Connection
from eval.load.service import Service


def _cut(model: Path) -> None:
    file = model / "model.onnx"
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 2)


def _alter(model: Path) -> None:
    file = model / "model.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _lose(name: str) -> Callable[[Path], None]:
    return lambda model: (model / name).unlink()


def _scribble(model: Path) -> None:
    (model / "manifest.json").write_text("{", encoding="utf-8")


WRONG: Final[dict[str, Callable[[Path], object]]] = {
    "cut off": _cut,
    "one bit altered": _alter,
    "missing network": _lose("model.onnx"),
    "missing tokenizer": _lose("tokenizer.json"),
    "manifest is no JSON": _scribble,
    "missing folder": shutil.rmtree,
}


def at_start(plan: Plan, measured: Measured) -> None:
    """One wrong thing at a time; the service must say which, and end."""
    for what, harm in WRONG.items():
        model = plan.folder / "harmed"
        shutil.copytree(plan.model, model)
        try:
            harm(model)
            service = made(replace(plan, model=model), "model-at-start")
            code, said, seconds = _ended(service)
        finally:
            shutil.rmtree(model, ignore_errors=True)
        measured.say(what, f"ended with {code} after {seconds:.1f} s")
        measured.expect(code == 1, f"{what}: ended with {code}")
        clear = said.startswith("modsvc: ") and str(model) in said and said.count("\n") == 1
        measured.expect(clear, f"{what}: it said {said[:200]!r}")


def while_running(plan: Plan, measured: Measured) -> None:
    """Harm done to the files of a service that runs; it has read them."""
    model = plan.folder / "harmed"
    shutil.copytree(plan.model, model)
    with serving(replace(plan, model=model), "model-running", cache_size=0) as service:
        before = asyncio.run(_score(service))
        _cut(model)
        cut = asyncio.run(_score(service))
        shutil.rmtree(model)
        gone = asyncio.run(_score(service))
        measured.say("cut off, then deleted", f"answered {cut.status}, {gone.status} as before")
        measured.expect(before.body == cut.body == gone.body, "answers changed")
        code = service.stop()
        measured.expect(code == 0, f"it ended with {code}")


def _ended(service: Service) -> tuple[int, str, float]:
    service.log.unlink(missing_ok=True)
    began = time.monotonic()
    service.start()
    try:
        code = service.process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        service.kill()
        code = service.process.wait()
    return code, service.log.read_text(encoding="utf-8"), time.monotonic() - began


async def _score(service: Service) -> Answer:
    connection = Connection(HOST, service.port)
    try:
        return await connection.ask("POST", "/v1/score", {}, b'{"text": "hello women"}')
    finally:
        connection.close()
