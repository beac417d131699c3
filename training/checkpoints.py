"""Where a run goes on from: a trained classifier, found by what a recipe says of it.

In: `init_from`: the folder of a finetune stage, or a model whose network a run here has packed, by
its folder or its version. Out: the folder of that network's finetune stage. A recipe's file is none
of these: `training.runner` runs it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

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
    """The folder of a trained classifier.

    Raises TrainingError where there is none: a model keeps its integers alone, so the machine
    that trained it has to keep its runs.
    """
    folder = Path(init_from)
    if (folder / WEIGHTS).is_file():
        return folder
    packs = {
        manifest: _about(manifest)
        for manifest in sorted(runs_dir.glob(f"*/pack/*/model/{MANIFEST_FILE}"))
    }
    # What `thresholds` and `recalibrate` write has the network of a packed model, unchanged.
    known = [*packs.values(), *map(_about, runs_dir.glob(f"*/model/{MANIFEST_FILE}"))]
    networks = {network for version, network in known if version == init_from}
    if (folder / MANIFEST_FILE).is_file():
        networks.add(_about(folder / MANIFEST_FILE)[1])
    for manifest, (_, network) in packs.items():
        found = manifest.parents[1] / STAGES
        if network in networks and found.is_file():
            made_by = read_json(found)
            place = runs_dir / made_by["recipe"] / "finetune" / made_by["stages"]["finetune"]
            if (place / WEIGHTS).is_file():
                return place
    raise TrainingError(
        f"{init_from} is no recipe's file, no folder with {WEIGHTS}, and no folder or version of a "
        f"model whose network a run in {runs_dir} has packed: name one of these with --init-from"
    )


def write_origin(pack: Path, recipe: str, keys: Mapping[str, str]) -> None:
    """Note beside a packed model by which stages of which recipe it was made."""
    made_by = {"recipe": recipe, "stages": dict(keys)}
    (pack / STAGES).write_text(json.dumps(made_by, indent=1) + "\n", encoding="utf-8")


def _about(manifest: Path) -> tuple[str, str]:
    """A model's version, and the hash of its network."""
    about = read_json(manifest)
    return about["model_version"], about["files"][MODEL_FILE]["sha256"]
