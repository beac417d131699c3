"""A fault: its name, the promise for it, and a way to try whether the promise holds.

In: a `Plan`. Out: a `Finding` each, also where something failed that nobody foresaw; as a table
and as JSON. What is done to the service is in the modules of their names.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from eval.load.service import Service


class Skipped(Exception):
    """It cannot be tried here; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What all faults share. A `short` one takes seconds, and shows less.

    `seconds` is how long the overload lasts, `idle` how many connections idle.
    """

    model: Path
    folder: Path
    short: bool = False
    seconds: float = 300.0
    idle: int = 10_000

    def pick(self, long: float, short: float) -> float:
        """One of two lengths."""
        return short if self.short else long


@dataclass
class Measured:
    """What was measured, in the order in which it is to be told; and what did not hold."""

    figures: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def say(self, name: str, value: object) -> None:
        """Note a figure."""
        self.figures[name] = f"{value:.3g}" if isinstance(value, float) else str(value)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note a fault unless it holds."""
        if not holds:
            self.faults.append(otherwise)


@dataclass(frozen=True, slots=True)
class Fault:
    """`promise` is one sentence; `run` tries it, raising Skipped or EvalError."""

    name: str
    promise: str
    run: Callable[[Plan, Measured], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """`verdict` is `holds`, `broken` or `skipped`; `faults` say why."""

    name: str
    promise: str
    verdict: str
    seconds: float
    figures: Mapping[str, str]
    faults: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def attempt(fault: Fault, plan: Plan) -> Finding:
    """Try one fault; whatever it raises becomes part of the finding."""
    measured, began = Measured(), time.monotonic()
    verdict = ""
    try:
        fault.run(plan, measured)
    except Skipped as reason:
        verdict, measured.faults = "skipped", [str(reason)]
    # One fault that cannot be tried must not keep the others from being tried.
    except Exception as error:
        measured.faults.append(f"{type(error).__name__}: {error}")
    verdict = verdict or ("broken" if measured.faults else "holds")
    took = round(time.monotonic() - began, 1)
    return Finding(
        fault.name, fault.promise, verdict, took, measured.figures, tuple(measured.faults)
    )


@contextmanager
def serving(
    plan: Plan, name: str, database_url: str | None = None, **settings: Any
) -> Iterator[Service]:
    """A service of its own for one fault, ready; stopped at the end."""
    service = made(plan, name, database_url, **settings)
    try:
        service.start()
        service.wait()
        yield service
    finally:
        service.stop()


def made(
    plan: Plan,
    name: str,
    database_url: str | None = None,
    *,
    data_dir: Path | None = None,
    environment: Mapping[str, str] | None = None,
    **settings: object,
) -> Service:
    """A service that was not started yet; its log is beside its data."""
    folder = data_dir or plan.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    return Service(
        plan.model,
        folder,
        database_url,
        log=plan.folder / f"{name}.log",
        settings={key.upper(): value for key, value in settings.items()},
        environment=environment,
    )


def render(findings: Sequence[Finding]) -> Table:
    """What was promised, what was measured, what holds."""
    table = Table("fault", "promise", "measured", "", title_justify="left", show_lines=True)
    for one in findings:
        told = [f"{name}: {value}" for name, value in one.figures.items()]
        told += [f"! {fault}" for fault in one.faults]
        table.add_row(one.name, one.promise, "\n".join(told), f"{one.verdict}\n{one.seconds} s")
    return table
