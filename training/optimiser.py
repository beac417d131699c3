"""What moves the weights: parameter groups, their rates, and how the rates change.

In: a `Classifier`, the sources' offsets and the recipe. Out: AdamW and its schedule.
Steps and checkpoints are left to `training.finetune`.
"""

from typing import Any

import torch
from torch import nn

from training.model import Classifier
from training.recipe import Optimisation

#: The sources' offsets start at nothing and are pulled back to it.
_OFFSETS_RATE = 30
_OFFSETS_DECAY = 1.0


def build_optimiser(
    model: Classifier,
    offsets: nn.Module,
    fresh: list[nn.Parameter],
    settings: Optimisation,
) -> torch.optim.AdamW:
    """No decay on biases, layer norms and the head; a strong one on the sources' offsets.

    `fresh` are parameters beside the model that start from nothing, as the head does.

    Layer k of n learns at `layer_decay` ** (n - k) of the rate (Howard and Ruder 2018,
    "Universal Language Model Fine-tuning for Text Classification"), the embeddings slowest.
    """
    depth = len(model.encoder.encoder.layer)
    stacks: list[tuple[nn.Module, int]] = [(model.encoder.embeddings, depth)]
    stacks += [(layer, depth - 1 - at) for at, layer in enumerate(model.encoder.encoder.layer)]
    groups: list[dict[str, Any]] = []
    for stack, below in stacks:
        parameters = [p for p in stack.parameters() if p.requires_grad]
        rate = settings.learning_rate * settings.layer_decay**below
        matrices = [p for p in parameters if p.ndim > 1]
        vectors = [p for p in parameters if p.ndim <= 1]
        groups.append({"params": matrices, "weight_decay": settings.weight_decay, "lr": rate})
        groups.append({"params": vectors, "weight_decay": 0.0, "lr": rate})
    head_rate = settings.learning_rate * settings.head_rate
    heads = [*model.head.parameters(), *fresh]
    groups.append({"params": heads, "weight_decay": 0.0, "lr": head_rate})
    groups.append(
        {
            "params": list(offsets.parameters()),
            "weight_decay": _OFFSETS_DECAY,
            "lr": settings.learning_rate * _OFFSETS_RATE,
        }
    )
    return torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)


def build_schedule(
    optimiser: torch.optim.AdamW, settings: Optimisation, steps: int
) -> torch.optim.lr_scheduler.LambdaLR:
    """Linear warm-up over the first `warmup` of the steps, then linear decay to nothing."""
    warm = max(1, round(settings.warmup * steps))

    def rate(step: int) -> float:
        return (step + 1) / warm if step < warm else max(0.0, (steps - step) / (steps - warm))

    return torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
