"""Probing measured: what an attack costs, when it is noticed, and who else is.

In: a `Plan`. Out: a `Finding` for each way of answering, and what ordinary traffic raises. The
attack itself is `eval.probing.attacker`, run by an interpreter that has TextAttack.
"""

import json
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from rich.table import Table

from eval.errors import EvalError
from eval.faults.traffic import figure
from eval.load.service import Service
from eval.probing import traffic

_ATTACKER: Final = Path(__file__).with_name("attacker.py")
_SENTENCES: Final = Path(__file__).with_name("sentences.yaml")
_BATCH: Final = 32

#: What the settings are by default, which the measurement is of.
VARIANTS: Final = 6
WINDOW_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done. `attacker` is a Python with TextAttack; `texts` is how much traffic."""

    model: Path
    attacker: Path
    folder: Path
    texts: int = 6_000
    seed: int = 1


class Finding(NamedTuple):
    """How the attacks on sentences that were flagged ended, under one way of answering."""

    name: str
    attacked: int
    evaded: int
    refused: int
    noticed: int
    asked: list[int]
    noticed_at: list[int]
    words_changed: list[float]

    @classmethod
    def of(cls, name: str, results: Sequence[dict[str, Any]]) -> "Finding":
        """From the attacker's lines."""
        tried = [one for one in results if one["ended"] != "not flagged"]
        evaded = [one for one in tried if one["ended"] == "evaded"]
        noticed = [one["noticed_at"] for one in tried if one["noticed_at"] is not None]
        return cls(
            name=name,
            attacked=len(tried),
            evaded=len(evaded),
            refused=sum(one["ended"] == "refused" for one in tried),
            noticed=len(noticed),
            asked=[one["asked"] for one in evaded],
            noticed_at=noticed,
            words_changed=[one["words_changed"] for one in evaded],
        )


class Ordinary(NamedTuple):
    """What ordinary traffic raised: texts, those that count as probing, of so many kinds."""

    texts: int
    noticed: int
    groups: int


def run(plan: Plan) -> tuple[list[Finding], Ordinary]:
    """Carry a plan out. Raises EvalError where it cannot be."""
    sentences: list[str] = yaml.safe_load(_SENTENCES.read_text(encoding="utf-8"))
    findings = []
    for name, probing, options in (
        ("scores as they are", "notice", ()),
        ("two decimals", "notice", ("--decimals", "2")),
        ("one decimal", "notice", ("--decimals", "1")),
        ("throttled", "throttle", ()),
        ("throttled, one decimal", "throttle", ("--decimals", "1")),
    ):
        with _serving(plan, name, probing, options) as (service, key):
            findings.append(Finding.of(name, _attack(plan, service, key, sentences)))
    with _serving(plan, "ordinary", "notice", ()) as (service, key):
        return findings, _send(plan, service, key)


@contextmanager
def _serving(
    plan: Plan, name: str, probing: str, options: tuple[str, ...]
) -> Iterator[tuple[Service, str]]:
    """A service that answers in this way, and a key for it."""
    folder = plan.folder / name.replace(" ", "-").replace(",", "")
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "PROBING": probing,
        "PROBING_VARIANTS": VARIANTS,
        "PROBING_WINDOW_S": WINDOW_S,
    }
    service = Service(plan.model, folder, None, settings=settings)
    key = service.command("key", "add", "probing", "--scope", "score", *options).strip()
    try:
        service.start()
        service.wait()
        yield service, key
    finally:
        service.stop()


def _attack(
    plan: Plan, service: Service, key: str, sentences: Sequence[str]
) -> list[dict[str, Any]]:
    order = {"port": service.port, "key": key, "sentences": sentences, "seed": plan.seed}
    done = subprocess.run(
        [str(plan.attacker), str(_ATTACKER)],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or len(lines) != len(sentences):
        raise EvalError(
            f"the attacker ended with {done.returncode}: {done.stderr.strip()[-500:]}; it needs "
            "a Python with `pip install textattack 'transformers<5'`"
        )
    return [json.loads(line) for line in lines]


def _send(plan: Plan, service: Service, key: str) -> Ordinary:
    texts = list(traffic.stream(traffic.harmless(), plan.texts, plan.seed))
    for start in range(0, len(texts), _BATCH):
        items = [{"text": text} for text in texts[start : start + _BATCH]]
        service.post("/v1/score", {"items": items}, key)
    groups = service.log.read_text(encoding="utf-8").count("probing_noticed")
    return Ordinary(len(texts), round(figure(service, "modsvc_probing_total")), groups)


def render(findings: Sequence[Finding], ordinary: Ordinary) -> Table:
    """What was found, as a table."""
    table = Table(
        title=f"ordinary traffic: {ordinary.noticed} of {ordinary.texts:,} texts noticed, variants "
        f"of {ordinary.groups}",
        title_justify="left",
    )
    for name in ("", "flagged", "evaded", "texts asked", "words changed", "noticed", "after"):
        table.add_column(name, justify="left" if not name else "right")
    for one in findings:
        table.add_row(
            one.name,
            f"{one.attacked}",
            f"{one.evaded}",
            _median(one.asked),
            _median(one.words_changed, "{:.0%}"),
            f"{one.noticed}",
            _median(one.noticed_at),
        )
    return table


def to_json(findings: Sequence[Finding], ordinary: Ordinary) -> dict[str, Any]:
    """The same with every single number."""
    return {
        "attacks": [one._asdict() for one in findings],
        "ordinary": ordinary._asdict(),
    }


def _median(values: Sequence[float], shown: str = "{:g}") -> str:
    return shown.format(statistics.median(values)) if values else "–"
