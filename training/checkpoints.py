"""Where a run goes on from: a trained classifier, found by what a recipe says of it.

In: `init_from`: a folder with `classifier.pt`, or a model, by its folder or by the version under
which a run here has packed it. Out: the folder of the average stage of that model's network; the
model's own where no run here has it. Making a classifier of the latter is left to
`training.from_integers`. A recipe's file is none of these: `training.runner` runs it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from modsvc.digests import file_sha256
from modsvc.engine.artifact import MANIFEST_FILE, MODEL_FILE
from training.artifact import read_json
from training.errors import TrainingError

WEIGHTS: Final = "classifier.pt"
#: Beside a packed model: which stages it was made by.
STAGES: Final = "stages.json"


def is_recipe(init_from: str) -> bool:
    """Whether it names a recipe rather than something that was trained."""
    return init_from.endswith(".toml")


def trained(init_from: str, runs_dir: Path) -> Path:
    """The folder of a trained classifier, or of a model without the run that trained it.

    The first has `WEIGHTS`. Raises TrainingError where there is neither.
    """
    folder = Path(init_from)
    if (folder / WEIGHTS).is_file():
        return folder
    # What `thresholds` and `recalibrate` write has the network of a packed model, unchanged.
    places = [f"*/pack/*/model/{MANIFEST_FILE}", f"*/model/{MANIFEST_FILE}"]
    here = [manifest for place in places for manifest in sorted(runs_dir.glob(place))]
    models = {manifest.parent: _about(manifest) for manifest in here}
    asked = [model for model, (version, _) in models.items() if version == init_from]
    if (folder / MANIFEST_FILE).is_file():
        asked, models[folder] = [folder], _about(folder / MANIFEST_FILE)
    if not asked:
        raise TrainingError(
            f"{init_from} is no recipe's file, no model's folder, no folder with {WEIGHTS}, and no "
            f"version that a run in {runs_dir} has packed: name one of these with --init-from, a "
            "model from elsewhere by its folder"
        )
    networks = {models[model][1] for model in asked}
    for model, (_, network) in models.items():
        found = model.parent / STAGES
        if network in networks and found.is_file():
            made_by = read_json(found)
            place = runs_dir / made_by["recipe"] / "average" / made_by["stages"]["average"]
            if (place / WEIGHTS).is_file():
                return place
    return asked[0]


def network_of(model: Path) -> str:
    """The hash of a model's network.

    Raises TrainingError when the file is not the one that the model's manifest names.
    """
    _, network = _about(model / MANIFEST_FILE)
    if not (model / MODEL_FILE).is_file() or file_sha256(model / MODEL_FILE) != network:
        raise TrainingError(
            f"{model / MODEL_FILE} is missing or was altered: restore the folder from its release"
        )
    return network


def write_origin(pack: Path, recipe: str, keys: Mapping[str, str]) -> None:
    """Note beside a packed model by which stages of which recipe it was made."""
    made_by = {"recipe": recipe, "stages": dict(keys)}
    (pack / STAGES).write_text(json.dumps(made_by, indent=1) + "\n", encoding="utf-8")


def _about(manifest: Path) -> tuple[str, str]:
    """A model's version, and the hash of its network."""
    about = read_json(manifest)
    return about["model_version"], about["files"][MODEL_FILE]["sha256"]
