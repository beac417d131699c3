"""How many texts a second one machine scores, and what each costs in time of its cores.

In: a model, a number of texts, and how they are scored: by one process on so many threads, or by
so many engines on Ray. Out: texts a second, and the cores' time for each, which stays the same on
a machine that is busy with other things. The service's own command is measured, start and all, and
a run without texts beside it, which is taken off.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from eval.bench.servers import OURS
from eval.bench.texts import make_texts
from eval.errors import EvalError
from modsvc.engine.artifact import TOKENIZER_FILE


class Rate(NamedTuple):
    """Texts a second by the clock; milliseconds of one core for each text, None where unknown."""

    name: str
    per_second: float
    core_ms: float | None


class _Spent(NamedTuple):
    seconds: float
    core_seconds: float


def measure(model: Path, texts: int, threads: Sequence[int], actors: Sequence[int]) -> list[Rate]:
    """One rate for each number of threads, then one for each number of engines on Ray.

    Raises EvalError where scoring fails.
    """
    made = [one.text for one in make_texts(model / TOKENIZER_FILE, texts)]
    with TemporaryDirectory(prefix="capacity-") as name:
        folder = Path(name)
        # So few that they cost nothing, and as many as there are engines to start.
        few = max(actors, default=1)
        for file, lines in (("few", made[:few]), ("all", made)):
            rows = (json.dumps({"text": one}) + "\n" for one in lines)
            (folder / f"{file}.jsonl").write_text("".join(rows), encoding="utf-8")

        def rate(kind: str, options: Sequence[str], rows: int, environment: dict[str, str]) -> Rate:
            begun, done = (
                _spent(
                    [
                        *("--model", str(model), "--input", str(folder / f"{file}.jsonl")),
                        *("--output", str(folder / f"{kind}-{file}.jsonl"), *options),
                        *(("--part-rows", str(rows if file == "all" else 1)) if options else ()),
                    ],
                    environment,
                )
                for file in ("few", "all")
            )
            count = len(made) - few
            cores = 1000 * (done.core_seconds - begun.core_seconds) / count
            per_second = count / max(done.seconds - begun.seconds, 1e-3)
            # What Ray's processes spend is not told to the one that began them.
            return Rate(kind, per_second, None if options else cores)

        rates = [rate(f"threads-{n}", (), 0, {"MODSVC_THREADS": str(n)}) for n in threads]
        for count in actors:
            ray = ("--engine", "ray", "--actors", str(count))
            # Several parts for each engine, so that they end at about the same time.
            rates.append(rate(f"ray-{count}", ray, max(1, len(made) // (count * 8)), {}))
    return rates


def _spent(options: Sequence[str], environment: dict[str, str]) -> _Spent:
    """What `modsvc score` with these options takes."""
    before, began = os.times(), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", OURS, "score", *options],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EvalError(f"modsvc score: {done.stderr.strip()[-500:] or done.returncode}")
    after = os.times()
    spent = sum(after[2:4]) - sum(before[2:4])
    return _Spent(time.monotonic() - began, spent)
