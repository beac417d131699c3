"""One run of the bench: who is measured, in which order, and what is compared.

In: the artefact, perhaps the training run's torch folder, and a `Plan` of times. Out: a
filled `Report`. Contenders take turns in rounds, so that a machine that slows down or
speeds up while the bench runs does so for all of them.
"""

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch

from eval.bench import infinity as infinity_server
from eval.bench import torch_models
from eval.bench.measure import Judge, Sample, run_round, summarise
from eval.bench.peak import macs, matmul_integer_peak
from eval.bench.report import Figure, Report
from eval.bench.servers import Server, ServerError, ours, run_load
from eval.bench.texts import BenchText, make_texts
from modsvc.engine.engine import Engine
from modsvc.types import Content

ENGINE = "engine"
WHOLE = "engine, all layers"
CACHED = "engine, known texts"
SAME = "PyTorch fp32 pipeline"
XLMR = "XLM-R-base pipeline"
OURS = "modsvc"
CALM = "modsvc, so many requests a second"
INFINITY = "infinity fp32"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure; seconds are per contender and round."""

    rounds: int
    engine_s: float
    pipeline_s: float
    http_s: float
    peak_s: float
    starts: int
    texts: int = 2048
    engine_batches: tuple[int, ...] = (1, 8, 32, 64)
    pipeline_batches: tuple[int, ...] = (1, 8)
    clients: tuple[int, ...] = (1, 16)
    #: The share of what the server can do at which its latency is measured.
    calm: float = 0.7


FULL = Plan(rounds=3, engine_s=4.0, pipeline_s=5.0, http_s=6.0, peak_s=1.5, starts=3)
QUICK = Plan(rounds=1, engine_s=1.5, pipeline_s=2.0, http_s=3.0, peak_s=0.5, starts=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured: the artefact, its unquantised twin, and where to put things."""

    model: Path
    torch_dir: Path | None
    work: Path
    threads: int
    with_infinity: bool

    @property
    def tokenizer(self) -> Path:
        """The artefact's tokeniser, which all contenders use."""
        return self.model / "tokenizer.json"


Progress = Callable[[str], None]


def run(subject: Subject, plan: Plan, report: Report, progress: Progress) -> None:
    """Measure everything and fill `report`."""
    torch.set_num_threads(subject.threads)
    texts = make_texts(subject.tokenizer, plan.texts)
    progress("the machine's MatMulInteger peak")
    peak = matmul_integer_peak(subject.threads, plan.peak_s)
    progress("preparing the PyTorch contenders")
    twin = torch_models.save_same_model(
        subject.work / "same-model", subject.tokenizer, subject.torch_dir
    )
    in_process(subject, plan, texts, twin, report, progress)
    over_http(subject, plan, texts, twin, report, progress)
    compare(report, peak, texts, subject)


def in_process(
    subject: Subject,
    plan: Plan,
    texts: Sequence[BenchText],
    twin: Path,
    report: Report,
    progress: Progress,
) -> None:
    """The engine and the two pipelines, all loaded, taking turns."""
    engines = {
        ENGINE: Engine.load(subject.model, threads=subject.threads, cache_size=0),
        WHOLE: Engine.load(subject.model, threads=subject.threads, cache_size=0, early_exit=False),
        CACHED: Engine.load(subject.model, threads=subject.threads, cache_size=len(texts)),
    }
    for start in range(0, len(texts), 64):
        judge_of(engines[CACHED])([one.text for one in texts[start : start + 64]])
    entries: list[tuple[str, int, float, Judge]] = [
        (name, batch, plan.engine_s, judge_of(engine))
        for name, engine in engines.items()
        for batch in plan.engine_batches
    ]
    for name, model in (
        (SAME, torch_models.same_model(twin)),
        (XLMR, torch_models.xlmr_base_model()),
    ):
        for batch in plan.pipeline_batches:
            pipeline = torch_models.pipeline_judge(model, subject.tokenizer, batch)
            entries.append((name, batch, plan.pipeline_s, pipeline))
    samples: list[list[Sample]] = [[] for _ in entries]
    for number in range(plan.rounds):
        for (name, batch, seconds, contender), gathered in zip(entries, samples, strict=True):
            progress(f"round {number + 1}/{plan.rounds}: {name}, batches of {batch}")
            contender([one.text for one in texts[:batch]])
            gathered.append(run_round(contender, texts, batch, seconds))
    for (name, batch, _, _), gathered in zip(entries, samples, strict=True):
        report.in_process.append(summarise(name, batch, gathered))


def judge_of(engine: Engine) -> Judge:
    """An engine as a contender."""

    def judge(batch: list[str]) -> object:
        return engine.score([Content(text) for text in batch])

    return judge


def over_http(
    subject: Subject,
    plan: Plan,
    texts: Sequence[BenchText],
    twin: Path,
    report: Report,
    progress: Progress,
) -> None:
    """Our endpoint and infinity's, both up, loaded in turns by the same client."""
    cold = []
    for number in range(plan.starts):
        progress(f"cold start {number + 1}/{plan.starts}")
        with ours(subject.model, subject.threads, subject.work / "modsvc.log") as server:
            cold.append(server.ready_s)
    with ExitStack() as stack:
        own = ours(subject.model, subject.threads, subject.work / "modsvc.log")
        servers = {OURS: stack.enter_context(own)}
        if subject.with_infinity:
            progress("starting infinity (its first time installs it)")
            try:
                program = infinity_server.install(subject.work / "infinity-venv")
                other = infinity_server.infinity(
                    program, twin, subject.threads, subject.work / "infinity.log"
                )
                servers[INFINITY] = stack.enter_context(other)
            except ServerError as error:
                report.notes.append(f"infinity was not measured: {error}")
        load_in_turns(servers, plan, texts, report, progress)
        progress("latency at a calm rate")
        rate = plan.calm * report.best(OURS).texts_per_s
        calm = run_load(servers[OURS], texts, 64, plan.rounds * plan.http_s, rate)
        report.http.append(summarise(CALM, round(rate), [calm]))
        report.figures.append(
            Figure(
                "memory of the server under load (RSS)", servers[OURS].rss_mb(), "MB", at_most=500
            )
        )
    report.figures.append(
        Figure("cold start to /readyz, median", statistics.median(cold), "s", at_most=2)
    )


def load_in_turns(
    servers: dict[str, Server],
    plan: Plan,
    texts: Sequence[BenchText],
    report: Report,
    progress: Progress,
) -> None:
    """Rounds of load, every number of clients on every server in each."""
    entries = [(name, clients) for name in servers for clients in plan.clients]
    samples: dict[tuple[str, int], list[Sample]] = {entry: [] for entry in entries}
    for name in servers:
        run_load(servers[name], texts, max(plan.clients), 1.0)
    for number in range(plan.rounds):
        for name, clients in entries:
            progress(f"round {number + 1}/{plan.rounds}: {name} over HTTP, {clients} clients")
            samples[name, clients].append(run_load(servers[name], texts, clients, plan.http_s))
    for (name, clients), gathered in samples.items():
        report.http.append(summarise(name, clients, gathered))


def compare(report: Report, peak: float, texts: Sequence[BenchText], subject: Subject) -> None:
    """The ratios that are promised, and the sizes."""
    engine, http = report.best(ENGINE).texts_per_s, report.best(OURS).texts_per_s
    whole = report.best(WHOLE).texts_per_s
    single = next(one for one in report.in_process if (one.name, one.batch) == (ENGINE, 1))
    calm = report.best(CALM)
    ratios = [
        Figure("engine / same model in PyTorch", engine / report.best(SAME).texts_per_s, "×", 5),
        Figure("engine / XLM-R-base-sized", engine / report.best(XLMR).texts_per_s, "×", 15),
        Figure("engine / engine, all layers", engine / whole, "×", 2),
        Figure("HTTP / engine", http / engine, "×", 0.85),
    ]
    if any(one.name == INFINITY for one in report.http):
        ratios.append(Figure("HTTP / infinity", http / report.best(INFINITY).texts_per_s, "×", 4))
    size = sum(file.stat().st_size for file in subject.model.rglob("*") if file.is_file())
    used = whole * macs(texts)
    report.figures[:0] = ratios
    report.figures += [
        Figure("one text alone, median", single.p50_ms, "ms", at_most=6),
        Figure("99th percentile at 70 % of the rate", calm.p99_ms, "ms", at_most=40),
        Figure("known texts", report.best(CACHED).texts_per_s, "/s", 5000),
        Figure("artefact", size / 1e6, "MB", at_most=60),
        Figure("MatMulInteger peak of the machine", peak / 1e9, "GMAC/s"),
        Figure("all layers' use of it", used / 1e9, "GMAC/s"),
        Figure("share of the peak", 100 * used / peak, "%", 65),
    ]
    report.notes.append(
        "the PyTorch pipeline and infinity run the same architecture unquantised; the XLM-R-base "
        "pipeline is 12 layers of 768 with random weights"
    )
    report.notes.append(
        "every contender is compared in its fastest batch size or number of clients; texts are "
        "made of authored words with the corpus's distribution of lengths; caches are off"
    )
    if subject.torch_dir is None:
        report.notes.append(
            "no --torch-dir: the PyTorch twin and infinity serve random weights of the same shape"
        )
