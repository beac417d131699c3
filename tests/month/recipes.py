"""The month's recipes: the smallest that the real commands take; see `tests.training.tiny_run`."""

from pathlib import Path
from typing import Final

_COMMON: Final = """
base = "{base}"
smoke = true
authored = false
sources = ["edos"]
max_tokens = 48
vocabulary_size = 1_001

[optimisation]
learning_rate = 1e-3
batch_size = 16

[thresholds]
min_per_class = 4
"""

_SEED: Final = """name = "seed"
tier = "open"
sampling = {{ examples = 0, temperature = 0.5, focus = {{ edos = 12.0 }} }}
"""

_RETRAIN: Final = """name = "retrain"
tier = "research"
reviews = "{reviews}"
init_from = "recipes/open.toml"
sampling = {{ examples = 600, temperature = 0.5, focus = {{ edos = 3.0, reviews = {repeats} }} }}
"""

#: At most about so many reviewed texts are shown in a retraining, each a few times.
_SHOWN: Final = 6_000


def write_seed(folder: Path) -> Path:
    """The recipe of the first model, on the base in `folder`."""
    path = folder / "seed.toml"
    path.write_text((_SEED + _COMMON).format(base=folder / "base"), encoding="utf-8")
    return path


def write_retrain(folder: Path, reviewed: int) -> Path:
    """The recipe of the next one, which goes on from `--init-from` with so many reviewed texts."""
    path = folder / "retrain.toml"
    text = (_RETRAIN + _COMMON).format(
        base=folder / "base",
        reviews=folder / "reviews.jsonl",
        repeats=round(max(min(_SHOWN / max(reviewed, 1), 12.0), 0.5), 2),
    )
    path.write_text(text, encoding="utf-8")
    return path
