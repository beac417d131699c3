"""Everything a run made → the model folder that ships.

In: the integer graph, the tokeniser, the calibration and the corpus's counts. Out:
`model/` (what `modsvc serve --model` takes) and `reports.json` beside it. The
card's words are in `training.card`; publishing to `models/default` is left to the
command line.
"""

import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from datasets import Dataset

from eval.corpus import AUTHORED, NEUTRAL
from eval.defaults import RESAMPLES
from modsvc.engine.engine import Engine
from modsvc.types import Content
from training import artifact
from training.card import render_card
from training.corpus import corpus_sha256
from training.corpus_files import CORPUS, COUNTS, MEASURED
from training.measure import Reports, headline, measure, measured_languages, suites
from training.recipe import Recipe
from training.reference import references

MODEL = "model"
REPORTS = "reports.json"
CANARIES = (
    ("en", "women are too stupid to vote and should shut up"),
    ("en", "the city opened a new library near the station"),
    ("ru", "бабам не место за рулём, пусть сидят на кухне"),
    ("ru", "завтра обещают дождь, возьми зонт"),
    ("zh", "今天的会议改到下午三点"),
)
_PACKAGES = ("torch", "transformers", "onnx", "onnxruntime", "tokenizers", "datasets")


def provisional(recipe: Recipe) -> dict[str, Any]:
    """The manifest's fields for a folder that is not measured yet."""
    return {
        "tier": recipe.tier,
        "max_tokens": recipe.serve_max_tokens,
        "languages": {},
        "canary": [],
        "corpus_sha256": "",
        "recipe": recipe.model_dump(),
        "base": {"name": recipe.base},
        "git_commit": git_commit(),
        "versions": {name: version(name) for name in _PACKAGES}
        | {"python": platform.python_version()},
        "metrics": {},
    }


def pack(
    recipe: Recipe,
    folder: Path,
    *,
    network: Path,
    tokeniser: Path,
    calibration: Mapping[str, Any],
    parity: Mapping[str, Any],
    corpus: Path,
    threads: int,
    origin: Mapping[str, Any] | None = None,
) -> None:
    """Write the model folder, measure it, and write its card and manifest.

    `origin` (`training.changes`) says what else it was made from than this run.
    """
    model = folder / MODEL
    about = {**provisional(recipe), **(origin or {})}
    artifact.write_artifact(
        model, network=network, tokeniser=tokeniser, calibration=calibration, about=about
    )
    engine = Engine.load(model, threads=threads)
    resamples = 50 if recipe.smoke else RESAMPLES
    reports = measure(
        engine, corpus / MEASURED, folder, resamples=resamples, disguised=not recipe.smoke
    )
    artifact.write_json(folder / REPORTS, reports)
    counts = pd.read_csv(corpus / COUNTS)
    about |= {
        "languages": language_table(counts, calibration, reports, references(folder)),
        "canary": canaries(engine),
        "corpus_sha256": corpus_sha256(Dataset.from_parquet(str(corpus / CORPUS))),
        "metrics": {"parity": dict(parity), **headline(reports), **suites(reports)},
    }
    card = render_card(about, counts, calibration, reports)
    (model / artifact.CARD_FILE).write_text(card, encoding="utf-8")
    artifact.write_manifest(model, about)


def language_table(
    counts: pd.DataFrame,
    calibration: Mapping[str, Any],
    reports: Reports,
    histograms: Mapping[str, list[float]],
) -> dict[str, Any]:
    """What was known of each language: rows by split, whether quality on it was measured.

    `histograms` are from `training.reference`; languages without one have no such key.
    """
    stated = counts[counts["label"] == "misogyny"]
    authored = stated[stated["source"] == AUTHORED]
    labelled = stated[~stated["source"].str.startswith(NEUTRAL) & (stated["source"] != AUTHORED)]
    own = calibration["outputs"]["misogyny"].get("by_language", {})
    supported = measured_languages(reports)
    table: dict[str, Any] = {}
    for language in sorted(set(counts["language"]) | supported):
        rows = labelled[labelled["language"] == language]
        train, dev = rows[rows["split"] == "train"], rows[rows["split"] == "dev"]
        table[language] = {
            "train": int(train["rows"].sum()),
            "positives": int(train["positives"].sum()),
            "authored": int(authored[authored["language"] == language]["rows"].sum()),
            "dev": int(dev["rows"].sum()),
            "dev_positives": int(dev["positives"].sum()),
            "supported": language in supported,
            "calibration": "own" if language in own else "pooled",
        }
        if language in histograms:
            table[language]["score_histogram"] = histograms[language]
    return table


def canaries(engine: Engine) -> list[dict[str, Any]]:
    """Authored texts with the probability that this folder gives them."""
    contents = [Content(text=text, language=language) for language, text in CANARIES]
    return [
        {
            "text": content.text,
            "language": content.language,
            "probability": round(score.probability, 4),
        }
        for content, score in zip(contents, engine.score(contents), strict=True)
    ]


def git_commit() -> str:
    """The commit that the code is at, `unknown` outside a checkout."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent
    )
    return done.stdout.strip() or "unknown"
