"""Throw bytes at what reads texts, led by what they reach in the code (atheris, libFuzzer).

In: targets and seconds. Out: how many inputs each had; exit code 1, and the input in a file, where
a promise of `tests.fuzz.targets` and its neighbours is broken. By hand:

    python -m tests.fuzz.engine all --seconds 300 [--seed 5] [--model models/default]
    python -m tests.fuzz.engine normaliser --again build/fuzz/normaliser-crash-…
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.seeds import PIECES, SEEDS

SEED: Final = 5
FOUND: Final = Path("build/fuzz")

Check = Callable[[bytes], None]


class Target(NamedTuple):
    """A promise to break: where it stands, what it takes, and the longest input in bytes."""

    module: str
    name: str
    takes: type
    needs_model: bool
    longest: int


TARGETS: Final = {
    "normaliser": Target("targets", "normaliser", str, False, 400),
    "unmasking": Target("targets", "unmasking", str, False, 400),
    "alignment": Target("targets", "alignment", str, False, 200),
    "detector": Target("targets", "detector", str, False, 400),
    "tag": Target("targets", "tag", str, False, 40),
    "parts": Target("targets", "parts", str, False, 400),
    "windows": Target("windows", "Windows", str, True, 400),
    "spans": Target("windows", "Spans", str, True, 200),
    "bodies": Target("bodies", "bodies", bytes, False, 800),
    "items": Target("bodies", "items", bytes, False, 800),
    "surrogates": Target("bodies", "surrogates", bytes, False, 400),
    "linear": Target("linear", "Linear", str, True, 48),
}


def load(target: Target, model: Path) -> Check:
    """The check of a target: it takes the bytes that a fuzzer makes."""
    module = __import__(f"tests.fuzz.{target.module}", fromlist=[target.name])
    check = getattr(module, target.name)
    if target.needs_model:
        check = check(model)
    if target.takes is bytes:
        return check  # type: ignore[no-any-return]
    return lambda data: check(text_of(data))


def text_of(data: bytes) -> str:
    """Bytes as text: what is no UTF-8 becomes lone surrogates, which clients send too."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """A seed as a fuzzer has it."""
    return text.encode("utf-8", "surrogatepass")


def fuzz(name: str, model: Path, seconds: int, seed: int, corpus: Path) -> None:
    """Run one target in this process, which ends with it: libFuzzer does not come back."""
    import atheris

    with atheris.instrument_imports(include=["modsvc", "tests.fuzz"]):
        check = load(TARGETS[name], model)
    _write_corpus(corpus)
    words = corpus.parent / "words"
    words.write_text("".join(f'"{_escaped(piece)}"\n' for piece in PIECES), encoding="ascii")
    FOUND.mkdir(parents=True, exist_ok=True)
    options = {
        "max_total_time": seconds,
        "seed": seed,
        "max_len": TARGETS[name].longest,
        "dict": words,
        "artifact_prefix": f"{FOUND}/{name}-",
        "timeout": 60,
        "rss_limit_mb": 4096,
        "print_final_stats": 1,
        "verbosity": 0,
    }
    arguments = [f"-{key}={value}" for key, value in options.items()]
    atheris.Setup([sys.argv[0], *arguments, str(corpus)], check)
    atheris.Fuzz()


def _write_corpus(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(SEEDS):
        (folder / f"seed-{number:03d}").write_bytes(bytes_of(text))


def _escaped(piece: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in bytes_of(piece))


def fuzz_each(names: list[str], model: Path, seconds: int, seed: int) -> bool:
    """Each target in a process of its own, one after the other; whether all promises held."""
    held = True
    for name in names:
        command = [sys.executable, "-m", "tests.fuzz.engine", name, "--here"]
        numbers = ["--seconds", str(seconds), "--seed", str(seed), "--model", str(model)]
        done = subprocess.run([*command, *numbers], capture_output=True, text=True, check=False)
        ran = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
        inputs = int(ran[1]) if ran else 0
        good = done.returncode == 0 and inputs > 0
        print(f"{name:12} {inputs:9,} inputs: {'held' if good else 'broken'}", flush=True)
        if not good:
            print(done.stdout[-3000:], done.stderr[-3000:], sep="\n")
        held = held and good
    return held


def main() -> int:
    """Run from the command line; 0 when every promise held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("target", choices=["all", *TARGETS])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--model", type=Path, help="default: the tests' tiny model")
    parser.add_argument("--again", type=Path, help="one input, without a fuzzer")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = options.model
        if model is None:
            # Not above: where a fuzzer runs, nothing may be imported before it listens. There the
            # model is always named.
            from tests.tiny_artifact import build_tiny_artifact

            model = build_tiny_artifact(Path(folder) / "tiny")
        if options.again:
            load(TARGETS[options.target], model)(options.again.read_bytes())
        elif options.here:
            corpus = Path(folder) / "corpus"
            fuzz(options.target, model, options.seconds, options.seed, corpus)
        else:
            names = list(TARGETS) if options.target == "all" else [options.target]
            return 0 if fuzz_each(names, model, options.seconds, options.seed) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
