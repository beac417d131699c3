"""A worst-case nudge to the embeddings, to train against.

In: the encoder, after a backward pass. Out: within `nudged`, its embedding output
moved by `size` along the gradient (fast gradient method: Miyato et al. 2017,
"Adversarial Training Methods for Semi-Supervised Text Classification"). The second
loss and the step are left to `training.finetune`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Adversary:
    """Watches the embedding output of every forward pass of one encoder while it is open."""

    def __init__(self, embeddings: nn.Module, size: float) -> None:
        self._embeddings = embeddings
        self._size = size
        self._seen: Tensor | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keep the gradient of the embedding output of the pass made within."""

        def keep(_: nn.Module, __: object, output: Tensor) -> None:
            output.retain_grad()
            self._seen = output

        handle = self._embeddings.register_forward_hook(keep)
        try:
            yield
        finally:
            handle.remove()

    @contextmanager
    def nudged(self) -> Iterator[None]:
        """Move the embedding output of the pass made within, text by text."""
        if self._seen is None or self._seen.grad is None:
            raise RuntimeError("nudged() needs a watched pass and its backward pass first")
        gradient = self._seen.grad
        norm = torch.linalg.vector_norm(gradient, dim=(1, 2), keepdim=True).clamp_min(1e-12)
        move = self._size * gradient / norm

        def shift(_: nn.Module, __: object, output: Tensor) -> Tensor:
            return output + move

        handle = self._embeddings.register_forward_hook(shift)
        try:
            yield
        finally:
            handle.remove()
