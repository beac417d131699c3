"""Classifiers → the one whose weights are the mean of theirs.

In: folders of classifiers that were trained from one base with one tokeniser. Out: a folder like
theirs. Which ones are averaged is left to the recipe, training to `training.finetune`.

Fine-tuned weights that began at the same place lie in one valley of the loss, and their mean is
often better than each of them, at the cost of one: a model soup (Wortsman et al. 2022, "Model
soups: averaging weights of multiple fine-tuned models improves accuracy without increasing
inference time").
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch

from modsvc.engine.artifact import TOKENIZER_FILE
from training.errors import TrainingError
from training.model import load_classifier, save_classifier


def average(folders: Sequence[Path], to: Path) -> None:
    """Write the mean of the classifiers in `folders`, each counting once, and their tokeniser.

    Raises TrainingError when they do not cut texts into the same pieces.
    """
    first = folders[0]
    pieces = (first / TOKENIZER_FILE).read_bytes()
    for other in folders[1:]:
        if (other / TOKENIZER_FILE).read_bytes() != pieces:
            raise TrainingError(
                f"{other} has another tokeniser than {first}: only classifiers that began with the "
                "same base and vocabulary can be averaged; take the other out of averaged_with"
            )
    models = [load_classifier(folder) for folder in folders]
    states = [model.state_dict() for model in models]
    mean = {name: torch.stack([state[name] for state in states]).mean(dim=0) for name in states[0]}
    models[0].load_state_dict(mean)
    save_classifier(models[0], to)
    shutil.copyfile(first / TOKENIZER_FILE, to / TOKENIZER_FILE)
