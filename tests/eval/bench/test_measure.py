"""Throughput counts texts, not calls; ratios are judged against their bounds."""

import json
import time
from pathlib import Path

import pytest
from rich.console import Console

from eval.bench.measure import MIN_TEXTS, Sample, run_round, summarise
from eval.bench.peak import macs, matmul_integer_peak
from eval.bench.report import Figure, Report, show, write
from eval.bench.texts import BenchText

TEXTS = [BenchText(f"text {number}", 10) for number in range(32)]


def test_a_round_judges_whole_batches_until_its_time_is_up() -> None:
    judged: list[int] = []

    def judge(batch: list[str]) -> None:
        judged.append(len(batch))
        time.sleep(0.01)

    sample = run_round(judge, TEXTS, batch=8, seconds=0.1)
    assert set(judged) == {8}
    assert sample.texts == sum(judged)
    assert sample.tokens == 10 * sample.texts
    assert sample.seconds >= 0.1
    assert min(sample.latencies_ms) >= 10


def test_a_slow_contender_still_judges_enough_texts_to_compare() -> None:
    assert run_round(lambda batch: None, TEXTS, batch=1, seconds=0.0).texts == MIN_TEXTS


def test_summary_is_the_median_round_with_all_latencies() -> None:
    rounds = [Sample(100, 1000, 1.0, (1.0,)), Sample(100, 1000, 10.0, (3.0,))]
    summary = summarise("engine", 8, [*rounds, Sample(100, 1000, 2.0, (2.0,))])
    assert summary.texts_per_s == 50
    assert summary.p50_ms == 2
    assert summary.calls == 3


def test_multiply_accumulates_follow_the_encoder() -> None:
    assert macs([BenchText("", 1)]) == 12 * (4 * 384**2 + 2 * 384 * 1536) + 2 * 12 * 384


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure("speed", 5.0, "×", at_least=5), "met"),
        (Figure("speed", 4.9, "×", at_least=5), "missed"),
        (Figure("size", 60.1, "MB", at_most=60), "missed"),
        (Figure("peak", 1.0, "GMAC/s"), ""),
    ],
)
def test_bounds_are_judged(figure: Figure, verdict: str) -> None:
    assert figure.verdict == verdict


def test_a_report_is_shown_and_written(tmp_path: Path) -> None:
    report = Report(quick=True, threads=2, model_version="tiny-1")
    samples = [Sample(100, 1000, 1.0, (1.0,))]
    report.in_process += [summarise("engine", 1, samples), summarise("engine", 8, samples * 2)]
    report.figures.append(Figure("artefact", 61.0, "MB", at_most=60))
    console = Console(record=True, width=120)
    show(report, console)
    assert "missed" in console.export_text()
    path = write(report, tmp_path)
    stored = json.loads(path.read_text())
    assert stored["figures"][0]["verdict"] == "missed"
    assert json.loads((tmp_path / "latest.json").read_text()) == stored


def test_peak_is_a_rate_that_a_machine_can_have() -> None:
    assert 1e8 < matmul_integer_peak(threads=1, seconds=0.05) < 1e14
