"""While the encoder is trained: its lower layers are asked what the whole model says.

In: a `Classifier`, a layer, and for each batch the whole model's logits. Out: one number, how far a
head after that layer is from them, whose gradient also reaches the layers below: what a text is
becomes readable there (deep supervision, Lee et al. 2015; the model as its own teacher, Zhang et
al. 2019, "Be Your Own Teacher"). This head is thrown away: the one that ships is fitted to the
integer graph by `training.early.head`.
"""

from types import TracebackType

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, layer_norm

from modsvc.labels import LABELS, TOXIC_OTHER
from training.early.head import Attentive
from training.model import Classifier


class LowerHead(nn.Module):
    """Listens to the tokens that leave `layer` (1 is the lowest) while it is entered."""

    def __init__(self, model: Classifier, layer: int) -> None:
        super().__init__()
        self.head = Attentive(model.encoder.config.hidden_size)
        # In a list, lest the encoder become part of this module.
        self._watched = [model.encoder.encoder.layer[layer - 1]]
        self._seen: list[Tensor] = []
        self._hook: torch.utils.hooks.RemovableHandle | None = None

    def __enter__(self) -> "LowerHead":
        self._hook = self._watched[0].register_forward_hook(self._listen)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._hook is not None:
            self._hook.remove()

    def loss(self, mask: Tensor, logits: Tensor) -> Tensor:
        """The mean cross-entropy between the head's and the whole model's probabilities.

        `mask` [batch, tokens] and `logits` [batch, 8] of the forward pass just made; the whole
        model does not move towards the head.
        """
        tokens = self._seen.pop().float()
        said = self.head(layer_norm(tokens, tokens.shape[-1:]), mask.bool())
        return binary_cross_entropy_with_logits(said, _wanted(logits.detach().float()))

    def _listen(self, layer: nn.Module, inputs: object, output: Tensor | tuple[Tensor]) -> None:
        self._seen = [output if isinstance(output, Tensor) else output[0]]


def _wanted(logits: Tensor) -> Tensor:
    """The alarm, as the greatest probability of what can flag a text, then all of them."""
    probabilities = torch.sigmoid(logits)
    flagging = [column for column, label in enumerate(LABELS) if label != TOXIC_OTHER]
    alarm = probabilities[:, flagging].amax(dim=1, keepdim=True)
    return torch.cat([alarm, probabilities], dim=1)
