"""A model folder and reviewed texts → the same network with calibration and thresholds of its own.

In: a folder that the service can load, and a file of `python -m training from-reviews`. Out:
`model/`, a new version whose manifest names its parent and what changed; `thresholds.json`, the
same with how both do on reviewed texts that were kept apart; and those texts, `held-out.jsonl`,
for `python -m eval gate --reviews`. The fit is in `training.refit`.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from modsvc.engine.artifact import (
    CALIBRATION_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    TOKENIZER_FILE,
    Artifact,
)
from modsvc.engine.engine import Engine
from modsvc.engine.normalise import normalise
from modsvc.labels import LABELS, MISOGYNY
from modsvc.types import Content
from training import artifact
from training.calibration import apply_platt
from training.catalogue import REVIEWS
from training.changes import Change, origin
from training.converters.reviews import records
from training.corpus import build_corpus
from training.errors import TrainingError
from training.examples import parents_of
from training.pack import MODEL, git_commit
from training.recipe import Thresholds
from training.refit import Reviewed, refit
from training.thresholds_table import reviewed_section

REPORT: Final = "thresholds.json"
HELD_OUT: Final = "held-out.jsonl"

#: Splits that the fit reads, and of a model that reviews were part of already: it knows the rest.
_FITTED: Final = ("train", "calibration")
_FITTED_KNOWN: Final = ("calibration",)


def update(parent: Path, reviews: Path, folder: Path, *, threads: int = 2) -> list[Change]:
    """Write the new version and its report into `folder`, which must not exist; what changed.

    Raises TrainingError when the folder is there or no language has enough reviewed texts, and
    ArtifactError for a parent that the service would not load.
    """
    if folder.exists():
        raise TrainingError(f"{folder} exists: versions never change, name another folder")
    engine = Engine.load(parent, threads=threads)
    known = engine.artifact.manifest.recipe
    targets = Thresholds.model_validate(known.get("thresholds") or {})
    rows = build_corpus("research", Path(), [REVIEWS], reviews=reviews).to_pandas()
    is_fitted = rows["split"].isin(_FITTED_KNOWN if known.get(REVIEWS) else _FITTED)
    is_apart = rows["split"].isin(("dev", "test"))
    scored = _reviewed(engine, rows)
    old = artifact.read_json(parent / CALIBRATION_FILE)
    new, changes = refit(old, _part(scored, is_fitted.to_numpy()), targets)
    if not changes:
        raise TrainingError(
            f"no language has {targets.min_per_class} reviewed texts of each kind to fit on: "
            "review more (`modsvc queue suggest` says which), or take more days"
        )
    apart = _part(scored, is_apart.to_numpy())
    held_out = {"before": _quality(old, apart), "after": _quality(new, apart)}
    made = origin(engine.artifact.model_version, int(is_fitted.sum()), changes)
    # The parent's figures are not its own: measure it with `python -m eval run`.
    made["metrics"] = {"held_out": held_out}
    folder.mkdir(parents=True)
    _write_model(engine.artifact, folder / MODEL, new, made, threads=threads)
    report = {"parent": made["parent"], **made["changed"], "held_out": held_out}
    artifact.write_json(folder / REPORT, report)
    _write_apart(reviews, set(rows.loc[is_apart, "text"]), folder / HELD_OUT)
    return changes


def _reviewed(engine: Engine, rows: pd.DataFrame) -> Reviewed:
    logits = engine.logits(rows["text"].tolist(), parents_of(rows))
    return Reviewed(
        logits=logits.astype(np.float64),
        gold=rows[list(LABELS)].to_numpy(dtype=np.float64, na_value=np.nan),
        languages=rows["language"].to_numpy(),
        weights=rows["weight"].to_numpy(dtype=np.float64),
    )


def _part(reviewed: Reviewed, rows: Any) -> Reviewed:
    return Reviewed(
        reviewed.logits[rows],
        reviewed.gold[rows],
        reviewed.languages[rows],
        reviewed.weights[rows],
    )


def _quality(calibration: Mapping[str, Any], apart: Reviewed) -> dict[str, dict[str, Any]]:
    """Of misogyny, by language: texts, positives, Brier score, flags and their precision."""
    column = LABELS.index(MISOGYNY)
    output = {"by_language": {}, **calibration["outputs"][MISOGYNY]}
    points = calibration.get("operating_points", {}).get(MISOGYNY)
    stated = ~np.isnan(apart.gold[:, column])
    found: dict[str, dict[str, Any]] = {}
    for language in sorted(set(apart.languages[stated])):
        rows = stated & (apart.languages == language)
        gold = apart.gold[rows, column]
        probability = apply_platt(output, apart.logits[rows, column], apart.languages[rows])
        found[str(language)] = {
            "texts": len(gold),
            "positives": int(gold.sum()),
            "brier": round(float(np.mean((probability - gold) ** 2)), 4),
        }
        if points is not None:
            line = points.get("by_language", {}).get(language, points["pooled"])["review"]
            flagged = probability >= line
            found[str(language)] |= {
                "flagged": int(flagged.sum()),
                "precision": round(float(gold[flagged].mean()), 4) if flagged.any() else None,
            }
    return found


def _write_model(
    parent: Artifact,
    folder: Path,
    calibration: Mapping[str, Any],
    made: Mapping[str, Any],
    *,
    threads: int,
) -> None:
    old = artifact.read_json(parent.path / MANIFEST_FILE)
    card = parent.path / artifact.CARD_FILE
    about = {
        **old,
        **made,
        "languages": _languages(old["languages"], made["changed"]["changes"]),
        "git_commit": git_commit(),
    }
    artifact.write_artifact(
        folder,
        network=parent.path / MODEL_FILE,
        tokeniser=parent.path / TOKENIZER_FILE,
        calibration=calibration,
        about={**about, "canary": []},
        card=(card.read_text("utf-8") if card.is_file() else "") + reviewed_section(made),
    )
    engine = Engine.load(folder, threads=threads)
    contents = [Content(text=one.text, language=one.language) for one in parent.manifest.canary]
    scores = engine.score(contents)
    canary = [
        {"text": one.text, "language": one.language, "probability": round(score.probability, 4)}
        for one, score in zip(contents, scores, strict=True)
    ]
    artifact.write_manifest(folder, {**about, "canary": canary})


def _languages(
    old: Mapping[str, Mapping[str, Any]], changes: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The manifest's table; probabilities of refitted languages have no reference histogram."""
    refitted = {change["language"] for change in changes if change["label"] == MISOGYNY}
    table = {language: dict(entry) for language, entry in old.items()}
    for language in refitted & set(table):
        table[language]["calibration"] = "own"
        table[language].pop("score_histogram", None)
    return table


def _write_apart(reviews: Path, texts: set[str], target: Path) -> None:
    """The records of texts that were not fitted on, as they were."""
    kept = [record for record in records(reviews) if normalise(record["text"]) in texts]
    written = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in kept)
    target.touch(0o600)
    target.write_text(written, encoding="utf-8")
