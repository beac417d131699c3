"""What a run of the bench found, as a table for people and as JSON for machines.

In: summaries, ratios and sizes. Out: rich tables on the terminal and one JSON file per
run. Measuring is left to the other modules.
"""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.bench.measure import Summary

PACKAGES = ("modsvc", "onnxruntime", "tokenizers", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its unit and, where there is one, the bound that it must keep."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or nothing where there is no bound."""
        if self.at_least is None and self.at_most is None:
            return ""
        low = self.at_least is None or self.value >= self.at_least
        high = self.at_most is None or self.value <= self.at_most
        return "met" if low and high else "missed"

    @property
    def bound(self) -> str:
        """The bound in words."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return "" if self.at_most is None else f"≤ {self.at_most:g}"


@dataclass(slots=True)
class Report:
    """Everything that one run found, in the order in which it was found."""

    quick: bool
    threads: int
    model_version: str
    in_process: list[Summary] = field(default_factory=list)
    http: list[Summary] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def best(self, name: str) -> Summary:
        """The fastest summary called `name`, in whichever batch size.

        Raises:
            KeyError: nothing of that name was measured.
        """
        found = [one for one in (*self.in_process, *self.http) if one.name == name]
        if not found:
            raise KeyError(name)
        return max(found, key=lambda one: one.texts_per_s)

    def to_json(self) -> dict[str, Any]:
        """The report with the machine and the versions that it holds for."""
        verdicts = [{**asdict(figure), "verdict": figure.verdict} for figure in self.figures]
        return {
            "schema_version": 1,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            **asdict(self),
            "figures": verdicts,
            "machine": machine(),
            "versions": {name: _version(name) for name in PACKAGES},
        }


def machine() -> dict[str, Any]:
    """The processor's name, how many cores this process may use, and the memory in GB."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def show(report: Report, console: Console) -> None:
    """Print the tables."""
    host = machine()
    console.print(
        f"\nmodel {report.model_version}, {report.threads} threads, "
        f"{host['cores']} cores of {host['processor']}"
    )
    console.print(_speeds("In process", "batch", report.in_process))
    if report.http:
        console.print(_speeds("Over HTTP, one text per request", "clients", report.http))
    console.print(_figures(report.figures))
    for note in report.notes:
        console.print(f"• {note}")


def write(report: Report, folder: Path) -> Path:
    """Write the run's JSON, and the same as `latest.json`; the path of the former."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(report.to_json(), indent=1) + "\n"
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    for target in (path, folder / "latest.json"):
        target.write_text(content, encoding="utf-8")
    return path


def _speeds(title: str, count: str, summaries: list[Summary]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("contender")
    for column in (count, "texts/s", "p50 ms", "p99 ms", "tokens/text", "rounds"):
        table.add_column(column, justify="right")
    for one in summaries:
        table.add_row(
            one.name,
            str(one.batch),
            f"{one.texts_per_s:.1f}",
            f"{one.p50_ms:.1f}",
            f"{one.p99_ms:.1f}",
            f"{one.tokens_per_text:.1f}",
            " ".join(f"{value:.3g}" for value in one.rounds),
        )
    return table


def _figures(figures: list[Figure]) -> Table:
    table = Table(title="Ratios and sizes", title_justify="left")
    table.add_column("figure")
    for column in ("value", "bound", "verdict"):
        table.add_column(column, justify="right")
    for one in figures:
        style = "red" if one.verdict == "missed" else None
        table.add_row(one.name, f"{one.value:.2f} {one.unit}", one.bound, one.verdict, style=style)
    return table


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
