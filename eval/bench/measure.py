"""Timing: how many texts a second something takes, and how long one call of it lasts.

In: a function that judges a batch of texts, and the texts. Out: a `Sample` per round,
and a `Summary` over the rounds (median throughput, pooled latencies).
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from eval.bench.texts import BenchText

Judge = Callable[[list[str]], Any]
MIN_TEXTS: Final = 16


@dataclass(frozen=True, slots=True)
class Sample:
    """One round: `latencies_ms` has one entry per call (or per request)."""

    texts: int
    tokens: int
    seconds: float
    latencies_ms: tuple[float, ...]

    @property
    def texts_per_s(self) -> float:
        """Texts a second in this round."""
        return self.texts / self.seconds


@dataclass(frozen=True, slots=True)
class Summary:
    """Several rounds of one contender with one batch size (or number of clients)."""

    name: str
    batch: int
    texts_per_s: float
    p50_ms: float
    p99_ms: float
    tokens_per_text: float
    calls: int
    rounds: tuple[float, ...]


def run_round(judge: Judge, texts: Sequence[BenchText], batch: int, seconds: float) -> Sample:
    """Call `judge` on successive batches until `seconds` have passed (at least sixteen texts).

    Starts at the first text and wraps around at the last.
    """
    latencies: list[float] = []
    position = judged = tokens = 0
    began = time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds or judged < MIN_TEXTS:
        if position + batch > len(texts):
            position = 0
        chosen = texts[position : position + batch]
        position += batch
        call_began = time.perf_counter()
        judge([one.text for one in chosen])
        latencies.append((time.perf_counter() - call_began) * 1000)
        judged += len(chosen)
        tokens += sum(one.tokens for one in chosen)
    elapsed = time.perf_counter() - began
    return Sample(judged, tokens, elapsed, tuple(latencies))


def summarise(name: str, batch: int, samples: Sequence[Sample]) -> Summary:
    """Median throughput over the rounds; percentiles over all their calls."""
    latencies = np.concatenate([sample.latencies_ms for sample in samples])
    rounds = tuple(round(sample.texts_per_s, 2) for sample in samples)
    p50, p99 = np.percentile(latencies, (50, 99))
    return Summary(
        name=name,
        batch=batch,
        texts_per_s=statistics.median(rounds),
        p50_ms=round(float(p50), 2),
        p99_ms=round(float(p99), 2),
        tokens_per_text=sum(s.tokens for s in samples) / max(1, sum(s.texts for s in samples)),
        calls=len(latencies),
        rounds=rounds,
    )
