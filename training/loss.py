"""Masked binary cross-entropy over the eight outputs.

In: logits [batch, 8], targets [batch, 8] with NaN where the source does not say,
and a weight per row. Out: one number, the weighted mean over the stated labels.
"""

import torch
from torch import Tensor
from torch.nn import functional

from modsvc.labels import CATEGORIES, LABELS, MISOGYNY, TOXIC_OTHER
from training.recipe import Loss


def output_weights(loss: Loss) -> Tensor:
    """The recipe's weight of each output, float32 [8]."""
    weights = {MISOGYNY: loss.misogyny, TOXIC_OTHER: loss.toxic_other}
    weights.update(dict.fromkeys(CATEGORIES, loss.categories))
    return torch.tensor([weights[label] for label in LABELS], dtype=torch.float32)


def masked_bce(logits: Tensor, targets: Tensor, row_weights: Tensor, weights: Tensor) -> Tensor:
    """The mean over rows of each output's loss, summed with the outputs' weights.

    Each output is averaged over the rows of the batch, not over those that state
    it: a label that few sources state then weighs as little as its evidence.
    """
    stated = ~torch.isnan(targets)
    losses = functional.binary_cross_entropy_with_logits(
        logits.float(), torch.nan_to_num(targets), reduction="none"
    )
    return (losses * stated * weights * row_weights.unsqueeze(1)).sum() / row_weights.sum()
