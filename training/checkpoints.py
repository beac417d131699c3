"""Where a run goes on from: a trained classifier, found by what a recipe says of it.

In: `init_from`, which is a folder, or the version of a model that a run here has packed. Out: the
folder of that model's finetune stage. A recipe's file is none of these: `training.runner` runs it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from modsvc.engine.artifact import MANIFEST_FILE
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
    for manifest in sorted(runs_dir.glob(f"*/pack/*/model/{MANIFEST_FILE}")):
        about = json.loads(manifest.read_text("utf-8"))
        found = manifest.parents[1] / STAGES
        if about.get("model_version") == init_from and found.is_file():
            made_by = json.loads(found.read_text("utf-8"))
            place = runs_dir / made_by["recipe"] / "finetune" / made_by["stages"]["finetune"]
            if (place / WEIGHTS).is_file():
                return place
    raise TrainingError(
        f"{init_from} is no recipe's file, no folder with {WEIGHTS}, and no version that a run in "
        f"{runs_dir} has packed: name one of these with --init-from"
    )


def write_origin(pack: Path, recipe: str, keys: Mapping[str, str]) -> None:
    """Note beside a packed model by which stages of which recipe it was made."""
    made_by = {"recipe": recipe, "stages": dict(keys)}
    (pack / STAGES).write_text(json.dumps(made_by, indent=1) + "\n", encoding="utf-8")
