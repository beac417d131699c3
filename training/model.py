"""The classifier: one encoder, mean pooling, one linear head with eight outputs.

In: token ids and an attention mask, both int64 [batch, tokens]. Out: float32
logits [batch, 8] in the order of `modsvc.labels.LABELS`. Probabilities are left
to calibration.

The pooled vector is brought to unit variance before the head. The base's pooled
vectors are short (0.1 a dimension about their mean): a head on them cannot spread
its logits, so the encoder moves all texts to a few points instead.

The mean is over the tokens up to the first </s>: the text that is judged. What follows is
the text that it replies to (`modsvc.engine.tokenise`), which the encoder reads too.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from modsvc.labels import LABELS

END_ID = 2


class Classifier(nn.Module):
    """Mean-pooled encoder with a linear head; `dropout` is applied to the pooled vector."""

    def __init__(self, encoder: BertModel, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.norm = nn.LayerNorm(encoder.config.hidden_size, elementwise_affine=False)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, len(LABELS))
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Logits [batch, 8]."""
        hidden = self._hidden(input_ids, attention_mask)
        pooled = _mean(hidden, judged(input_ids, attention_mask))
        logits: Tensor = self.head(self.dropout(self.norm(pooled)))
        return logits

    def forward_with_tokens(
        self, input_ids: Tensor, attention_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits [batch, 8], and each token's part in them [batch, tokens, 8].

        All from the pooled vector to the logits is linear once its mean and variance are
        known, so the logits are the mean of the parts of the tokens that are judged.
        """
        hidden = self._hidden(input_ids, attention_mask)
        pooled = _mean(hidden, judged(input_ids, attention_mask))
        # Sums, because ReduceMean changed its form between the opsets that packing goes through.
        width = pooled.shape[-1]
        centre = pooled.sum(dim=-1, keepdim=True) / width
        variance = ((pooled - centre) ** 2).sum(dim=-1, keepdim=True) / width
        spread = torch.sqrt(variance + self.norm.eps)
        parts = self.head((hidden - centre.unsqueeze(1)) / spread.unsqueeze(1))
        return self.head(self.norm(pooled)), parts

    def _hidden(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        output = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        hidden: Tensor = output.last_hidden_state
        return hidden


def judged(input_ids: Tensor, attention_mask: Tensor) -> Tensor:
    """`attention_mask` without what follows the first </s>, int64 [batch, tokens]."""
    ends = (input_ids == END_ID).long()
    return attention_mask * (torch.cumsum(ends, dim=1) - ends == 0).long()


def _mean(hidden: Tensor, kept: Tensor) -> Tensor:
    """The mean over the tokens that the mask keeps, [batch, hidden]."""
    mask = kept.unsqueeze(-1).to(hidden.dtype)
    return (hidden * mask).sum(dim=1) / mask.sum(dim=1)


def save_classifier(model: Classifier, folder: Path) -> None:
    """Weights and configuration, readable by `load_classifier`."""
    folder.mkdir(parents=True, exist_ok=True)
    model.encoder.config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "classifier.pt")


def load_classifier(folder: Path) -> Classifier:
    """The classifier saved in `folder`, in evaluation mode."""
    config = BertConfig.from_pretrained(folder)
    model = Classifier(BertModel(config, add_pooling_layer=False))
    model.load_state_dict(torch.load(folder / "classifier.pt", weights_only=True))
    return model.eval()
