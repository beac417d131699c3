"""Masked binary cross-entropy over the eight outputs, and the order of twins.

In: logits [batch, 8], targets [batch, 8] with NaN where the source does not say,
a weight and a group per row. Out: one number each.
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


def twin_loss(logits: Tensor, targets: Tensor, groups: Tensor) -> Tensor:
    """The mean over pairs of one group, one misogynous and one not, of softplus(low - high).

    Minimally different twins differ in what the label hangs on; the logit of the misogynous
    one has to be the higher (the pairwise logistic loss of Burges et al. 2005, "Learning to
    Rank using Gradient Descent"). 0 for a batch without such a pair.
    """
    column = LABELS.index(MISOGYNY)
    logit, target = logits[:, column].float(), targets[:, column]
    pairs = (groups.unsqueeze(1) == groups) & (target.unsqueeze(1) == 1) & (target == 0)
    losses = functional.softplus(logit - logit.unsqueeze(1)) * pairs
    return losses.sum() / pairs.sum().clamp_min(1)
