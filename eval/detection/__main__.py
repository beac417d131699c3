"""The contest of language detectors: python -m eval.detection --raw-dir RAW.

In: `eval.detection.samples` and `eval.detection.candidates`. Out: a Markdown table of
accuracy per language, speed and memory, on standard output. Which candidate ships, and why,
is recorded in docs/adr/0003-language-detection.md.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.detection.candidates import CANDIDATES, Detector
from eval.detection.samples import clip, sample_texts
from modsvc.engine.language import LANGUAGES


@dataclass(frozen=True, slots=True)
class Measurement:
    """One candidate's figures: right answers per language (whole, clipped), in [0, 1]."""

    accuracy: dict[str, tuple[float, float]]
    texts_per_s: float
    memory_mb: float

    @property
    def mean(self) -> tuple[float, float]:
        """Unweighted mean over languages: a rare language counts like a common one."""
        pairs = list(self.accuracy.values())
        return sum(p[0] for p in pairs) / len(pairs), sum(p[1] for p in pairs) / len(pairs)


def measure(name: str, texts: dict[str, list[str]]) -> Measurement:
    """Load one candidate and run it over `texts` (language → texts), one text a call."""
    before = _memory_mb()
    detect = CANDIDATES[name]()
    detect("warm up")
    start = time.perf_counter()
    accuracy = {
        language: (
            _accuracy(detect, language, some),
            _accuracy(detect, language, [clip(text) for text in some]),
        )
        for language, some in texts.items()
    }
    elapsed = time.perf_counter() - start
    calls = 2 * sum(len(some) for some in texts.values())
    return Measurement(accuracy, calls / elapsed, _memory_mb() - before)


def _accuracy(detect: Detector, language: str, texts: Sequence[str]) -> float:
    return sum(detect(text) == language for text in texts) / len(texts)


def _memory_mb() -> float:
    # Resident now, not at the peak: a child process inherits its parent's peak on Linux.
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def table(results: dict[str, Measurement], texts: dict[str, list[str]]) -> str:
    """A Markdown table; each cell is the percentage right on whole / clipped texts."""

    def row(*cells: str) -> str:
        return "| " + " | ".join(cells) + " |"

    def percent(pair: tuple[float, float]) -> str:
        return f"{100 * pair[0]:.1f} / {100 * pair[1]:.1f}"

    measured = list(results.values())
    return "\n".join(
        (
            row("language", "texts", *results),
            row("---", *["---:"] * (len(results) + 1)),
            *(
                row(code, str(len(some)), *(percent(one.accuracy[code]) for one in measured))
                for code, some in texts.items()
            ),
            row("mean", "", *(percent(one.mean) for one in measured)),
            row("texts/s", "", *(f"{one.texts_per_s:,.0f}" for one in measured)),
            row("memory, MB", "", *(f"{one.memory_mb:.0f}" for one in measured)),
        )
    )


def main() -> None:
    """Measure the candidates asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--raw-dir", type=Path, required=True, help="folder of raw datasets")
    parser.add_argument("--texts", type=int, default=400, help="texts per language")
    parser.add_argument("--candidates", nargs="+", choices=CANDIDATES, default=list(CANDIDATES))
    options = parser.parse_args()
    sampled = {code: sample_texts(options.raw_dir, code, options.texts) for code in LANGUAGES}
    texts = {code: some for code, some in sampled.items() if some}
    # A fresh process each, so that one candidate's memory is not charged to the next.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        results = {name: pool.apply(measure, (name, texts)) for name in options.candidates}
    print(table(results, texts))


if __name__ == "__main__":
    main()
