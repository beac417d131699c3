"""Where models may come from.

In: the folder below which they are (`MODSVC_MODELS_ROOT`) and a name. Out: a model's folder. What
is in it is checked by `modsvc.rollout.checks`.
"""

from pathlib import Path, PurePosixPath

from modsvc.engine.artifact import MANIFEST_FILE
from modsvc.errors import InputError, NotFound


def folder_below(root: Path, name: str) -> Path:
    """The folder `name` below `root`, without any link left in it.

    Raises InputError for a name that leads out of it, NotFound where there is no model.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name:
        raise InputError("Name a folder below MODSVC_MODELS_ROOT, such as open-2: not another one.")
    try:
        base = root.resolve()
        # Resolved now, so that a link that is turned meanwhile does not mix two models.
        folder = base.joinpath(*parts).resolve()
        inside, there = folder.is_relative_to(base), (folder / MANIFEST_FILE).is_file()
    except (OSError, RuntimeError):
        raise InputError("This name cannot be followed: name a folder of models.") from None
    if not inside:
        raise InputError("A link leads out of MODSVC_MODELS_ROOT: put the model itself there.")
    if not there:
        raise NotFound("There is no model of this name: put its folder below MODSVC_MODELS_ROOT.")
    return folder
