"""A model folder and a corpus → the same network, calibrated and measured by the code of today.

In: a folder that the service can load, and the corpus, built here or there already; what to reach
says the recipe in its manifest. Out: what the pack stage leaves: `model/`, a new version whose
manifest names its parent and what changed, `reports.json` and predictions; and `corpus/` where it
was built here. The checkpoint is not needed: the shipped graph itself gives the logits, and the
lower layers' alarms. Reviewed texts are left to `training.thresholds`.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pydantic import ValidationError

from modsvc.engine.artifact import (
    CALIBRATION_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    TOKENIZER_FILE,
    Artifact,
)
from modsvc.engine.engine import Engine
from modsvc.engine.manifest import Calibration
from modsvc.engine.session import Session
from modsvc.engine.tokenise import Tokeniser
from training import artifact, pack, stages
from training.calibration import calibrate
from training.changes import Change, changes, origin
from training.corpus_files import CORPUS, COUNTS, MEASURED
from training.early.bounds import fit_exits
from training.early.fit import to_check
from training.early.observe import judge
from training.errors import TrainingError
from training.recipe import Recipe
from training.stages import Context

#: Where the corpus is put that is built here.
BUILT: Final = "corpus"


def recalibrate(
    parent: Path, folder: Path, *, raw_dir: Path, corpus: Path | None = None, threads: int = 2
) -> list[Change]:
    """Write the new version and its reports into `folder`, which must not exist; what changed.

    Without `corpus`, the folder of one, it is built from `raw_dir`.

    Raises TrainingError when the folder is there, the corpus does not suit the model or nothing
    changes, and ArtifactError for a parent that the service would not load.
    """
    if folder.exists():
        raise TrainingError(f"{folder} exists: versions never change, name another folder")
    engine = Engine.load(parent, threads=threads)
    recipe = _recipe(engine.artifact)
    context = Context(recipe, raw_dir, folder, threads)
    context.done["corpus"] = corpus or _build(context, folder)
    _check(context)
    rows = context.rows("calibration")
    calibration = calibrate(engine, rows, recipe.thresholds)
    early = engine.artifact.calibration.early_exit
    if early is not None:
        exits = _exits(engine.artifact, calibration, context)
        calibration["early_exit"] = {"layer": early.layer, "by_language": exits}
    old = artifact.read_json(parent / CALIBRATION_FILE)
    if calibration == old:
        raise TrainingError(f"nothing to do: {parent} has just this calibration already")
    about = artifact.read_json(parent / MANIFEST_FILE)
    made = changes(old, calibration)
    pack.pack(
        recipe,
        folder,
        network=parent / MODEL_FILE,
        tokeniser=parent / TOKENIZER_FILE,
        calibration=calibration,
        # Of the network, which stays; torch is not asked again, for its weights may be gone.
        parity=about["metrics"].get("parity", {}),
        corpus=context.done["corpus"],
        threads=threads,
        origin=_origin(about, int((~rows["weak"]).sum()), made),
    )
    return made


def _recipe(parent: Artifact) -> Recipe:
    try:
        return Recipe.model_validate(dict(parent.manifest.recipe))
    except ValidationError as error:
        raise TrainingError(
            f"{parent.path} does not say by which recipe it was made, or by one that this version "
            f"does not know: train it anew, or recalibrate with the code of its commit, "
            f"{parent.manifest.git_commit[:12]} ({error})"
        ) from error


def _build(context: Context, folder: Path) -> Path:
    """The corpus as a run builds it; a folder that got none is not left in the way."""
    try:
        stages.run_corpus(context, folder / BUILT)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / BUILT


def _check(context: Context) -> None:
    """Whether the corpus is whole, and nothing in it may not shape a model of this tier."""
    corpus, tier = context.done["corpus"], context.recipe.tier
    missing = [name for name in (CORPUS, COUNTS, MEASURED) if not (corpus / name).is_file()]
    if missing:
        raise TrainingError(
            f"{corpus} lacks {', '.join(missing)}: build it with `python -m training corpus "
            f"--tier {tier} --output {corpus}`"
        )
    tiers = pd.read_parquet(corpus / CORPUS, columns=["tier"])["tier"]
    if tier == "open" and tiers.eq("research").any():
        raise TrainingError(
            f"{corpus} has research rows, and the model is open: build one with --tier open"
        )


def _exits(parent: Artifact, calibration: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The bounds of the way out for the new operating points, as the early stage sets them."""
    session = Session(parent.path / MODEL_FILE, threads=context.threads)
    tokeniser = Tokeniser(parent.path / TOKENIZER_FILE, max_tokens=parent.manifest.max_tokens)
    points = Calibration.model_validate(calibration)
    seen = context.rows("calibration"), to_check(context.rows("dev"), context.recipe.seed)
    return fit_exits(*(judge(session, tokeniser, rows, points) for rows in seen))


def _origin(about: Mapping[str, Any], fitted_on: int, made: list[Change]) -> dict[str, Any]:
    """What the manifest says of its parent, whose own is `about`."""
    fields = origin(about["model_version"], fitted_on, made)
    # Of a parent that was recalibrated itself, the network is older than its corpus.
    known = about.get("changed", {}).get("learned_from")
    fields["changed"]["learned_from"] = known or about["corpus_sha256"]
    return fields
