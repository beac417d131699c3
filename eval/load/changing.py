"""What a change of the model, and a model in the shadow, cost those who are being answered.

In: a model folder, and a pace. Out: on standard output, for each phase, requests, failures and
times, and the service's memory. The changes are between copies of one model under other names, so
that only the change is measured.
"""

import http.client
import json
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from eval.bench.servers import HOST
from eval.bench.texts import make_texts
from eval.errors import EvalError
from eval.load.service import Service

#: Requests at a time; more than are ever under way at a pace that the machine keeps up with.
_CLIENTS: Final = 16
_URL: Final = "/v1/admin/model"


class Answer(NamedTuple):
    """A request's status, its time in seconds from when it was due, and the model that answered."""

    status: int
    seconds: float
    version: str


def measure(model: Path, folder: Path, rate: float, seconds: float) -> None:
    """All phases, one after another; what they take is printed. Raises EvalError."""
    models = folder / "models"
    for name in ("one", "two", "three", "four"):
        _copy(model, models / name, name)
    settings = {"MODELS_ROOT": models, "SWAP_PROBATION_S": 3, "LOG_LEVEL": "info"}
    service = Service(models / "one", folder / "data", None, settings=settings)
    texts = iter([one.text for one in make_texts(model / "tokenizer.json", 40_000)])
    service.start()
    try:
        service.wait()
        with _asking(service, texts, rate) as answers:
            _phase(service, answers, "quiet", lambda: time.sleep(seconds))
            _phase(service, answers, "three changes", lambda: _change(service, seconds))
            _phase(service, answers, "after them", lambda: time.sleep(seconds))
            _post(service, {"shadow": {"path": "one", "share": 1.0}})
            _phase(service, answers, "all in the shadow", lambda: time.sleep(seconds))
            shown = _ask(service, "GET", _URL)[1]["shadow"]
            print(f"shadow: {shown['waiting']} waiting, {shown['dropped']} dropped")
            _post(service, {"shadow": None})
            _phase(service, answers, "without it", lambda: time.sleep(seconds))
    finally:
        service.stop()


def _change(service: Service, seconds: float) -> None:
    for name in ("two", "three", "four"):
        begun = time.monotonic()
        while _ask(service, "POST", _URL, {"path": name})[0] == 409:
            time.sleep(0.2)
            begun = time.monotonic()
        print(f"{name} answers after {time.monotonic() - begun:.1f} s")
        time.sleep(seconds / 3)


@contextmanager
def _asking(service: Service, texts: Iterator[str], rate: float) -> Iterator[list[Answer]]:
    """Texts at a steady pace, whatever becomes of them."""
    answers: list[Answer] = []
    ending = threading.Event()

    def one(text: str, due: float) -> None:
        status, body = _ask(service, "POST", "/v1/score", {"text": text})
        version = str(body.get("model_version", ""))
        answers.append(Answer(status, time.monotonic() - due, version))

    def run() -> None:
        with ThreadPoolExecutor(_CLIENTS) as clients:
            due = time.monotonic()
            while not ending.is_set():
                clients.submit(one, next(texts), due)
                due += 1 / rate
                time.sleep(max(0.0, due - time.monotonic()))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield answers
    finally:
        ending.set()
        thread.join()


def _phase(service: Service, answers: list[Answer], name: str, work: Any) -> None:
    Path(f"/proc/{service.process.pid}/clear_refs").write_text("5", encoding="ascii")
    begin = len(answers)
    work()
    some = answers[begin:]
    failed = sum(one.status != 200 for one in some)
    times = np.array([one.seconds for one in some]) * 1000
    p50, p99 = np.percentile(times, [50, 99])
    versions = sorted({one.version for one in some})
    print(
        f"{name}: {len(some)} requests, {failed} failed, p50 {p50:.1f} ms, p99 {p99:.0f} ms, "
        f"longest {times.max():.0f} ms; memory {_memory(service, 'VmRSS')} MB, "
        f"at most {_memory(service, 'VmHWM')} MB; by {', '.join(versions)}",
        flush=True,
    )


def _memory(service: Service, what: str) -> int:
    status = Path(f"/proc/{service.process.pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith(f"{what}:")]
    return int(line.split()[1]) // 1024


def _post(service: Service, body: dict[str, Any]) -> None:
    status, answer = _ask(service, "POST", _URL, body)
    if status != 200:
        raise EvalError(f"{body} was answered {status}: {answer}")


def _ask(
    service: Service, method: str, path: str, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(HOST, service.port, timeout=60)
    try:
        connection.request(
            method,
            path,
            None if body is None else json.dumps(body),
            {"Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except OSError:
        return 0, {}
    finally:
        connection.close()


def _copy(model: Path, folder: Path, version: str) -> None:
    shutil.copytree(model, folder)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "model_version": version}), encoding="utf-8")
