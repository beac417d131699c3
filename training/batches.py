"""Rows in training order → padded batches of texts of similar length.

In: token ids per row and the drawn order. Out: batches of row indices, and the
tensors of one batch. Sorting happens within windows of `WINDOW` batches, so the
order of the draw is kept at large and little is padding.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

WINDOW = 24
PAD_ID = 1


def plan_batches(
    lengths: NDArray[np.int64], order: NDArray[np.int64], batch_size: int, seed: int
) -> list[NDArray[np.int64]]:
    """Batches of row indices; each row of `order` is in exactly one."""
    rng = np.random.default_rng(seed)
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(order), WINDOW * batch_size):
        window = order[start : start + WINDOW * batch_size]
        window = window[np.argsort(lengths[window], kind="stable")]
        cuts = [window[at : at + batch_size] for at in range(0, len(window), batch_size)]
        batches.extend(cuts[at] for at in rng.permutation(len(cuts)))
    return batches


def pad_batch(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """(input_ids, attention_mask), int64 [batch, longest]."""
    longest = max(map(len, ids))
    inputs = torch.full((len(ids), longest), PAD_ID, dtype=torch.int64)
    mask = torch.zeros((len(ids), longest), dtype=torch.int64)
    for row, tokens in enumerate(ids):
        inputs[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return inputs, mask
