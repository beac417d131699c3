"""The gate, from two model folders to a verdict.

In: folders, a corpus, perhaps reviews. Out: a `Gate`, and its files. The steps are in its
neighbours.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from eval.functional.suite import load_suites
from eval.gate.evidence import gather
from eval.gate.findings import find
from eval.gate.page import render
from eval.gate.verdict import Gate, judge
from eval.resampling import SEED
from modsvc.digests import file_sha256
from modsvc.engine.engine import Engine

REPORT = "gate.json"
PAGE = "gate.md"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to compare by; `most` is the most texts of a language in a part, None for all.

    Without a corpus there are neither gold nor neutral texts.
    """

    corpus: Path | None
    split: str
    reviews: Path | None
    most: int | None
    alpha: float
    tolerance: float
    resamples: int
    threads: int
    cache: Path


def run(challenger: Path, champion: Path, plan: Plan) -> Gate:
    """Compare two model folders. Raises EvalError and ArtifactError for what cannot be used."""
    before = Engine.load(champion, threads=plan.threads)
    after = Engine.load(challenger, threads=plan.threads)
    evidence = gather(
        before,
        after,
        corpus=plan.corpus,
        split=plan.split,
        reviews=plan.reviews,
        suites=load_suites(),
        most=plan.most,
        cache=plan.cache,
    )
    findings, untested = find(evidence, tolerance=plan.tolerance, resamples=plan.resamples)
    method = {
        "test": "paired Poisson bootstrap over duplicate groups, one-sided, normal",
        "correction": "Holm 1979",
        "alpha": plan.alpha,
        "tolerance": plan.tolerance,
        "resamples": plan.resamples,
        "seed": SEED,
        "split": plan.split,
        "most": plan.most,
        "corpus_sha256": evidence.corpus_sha256,
        "reviews_sha256": plan.reviews and file_sha256(plan.reviews),
        "left_out": evidence.left_out,
    }
    return judge(
        before.artifact, after.artifact, findings, untested, alpha=plan.alpha, method=method
    )


def write(gate: Gate, folder: Path) -> None:
    """Write gate.json, for the registry, and gate.md, for people."""
    folder.mkdir(parents=True, exist_ok=True)
    report = json.dumps(gate.to_json(), ensure_ascii=False, indent=1) + "\n"
    (folder / REPORT).write_text(report, encoding="utf-8")
    (folder / PAGE).write_text(render(gate), encoding="utf-8")
