"""What the lower layers can tell: a small head that learns from the whole model.

In: what comes out of a layer for every token of a text, the whole model's logits for it, and
whether it would be flagged. Out: a `Head`. Nothing of the encoder changes, so the whole model's own
answers stay as they are. A few words make a text abuse, which a mean over all of them drowns: the
head looks for them by queries of its own.
"""

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, dropout, mse_loss

from modsvc.labels import LABELS
from training.early.graph import Floats, Head
from training.early.observe import Seen

QUERIES: Final = 8
INNER: Final = 64
_PASSES: Final = 8
_BATCH: Final = 64
_RATE: Final = 2e-3
_DROPOUT: Final = 0.1
#: The logits only have to be about right; the alarm decides.
_LOGITS_WEIGHT: Final = 0.05
#: Tokens are brought to unit variance for learning, by every so many-th of them.
_EVERY: Final = 7


class Attentive(nn.Module):
    """Mean and attended sums of the tokens → the alarm and all logits."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.queries = nn.Linear(width, QUERIES, bias=False)
        self.first = nn.Linear((1 + QUERIES) * width, INNER)
        self.second = nn.Linear(INNER, 1 + len(LABELS))

    def forward(self, tokens: Tensor, kept: Tensor) -> Tensor:
        """[batch, 9] from `tokens` [batch, tokens, width]; those not `kept` are padding."""
        kept = kept.unsqueeze(-1)
        mean = (tokens * kept).sum(1) / kept.sum(1)
        weights = torch.softmax(self.queries(tokens).masked_fill(~kept, -1e4), dim=1)
        attended = (weights.transpose(1, 2) @ tokens).flatten(1)
        pooled = dropout(torch.cat([mean, attended], dim=1), _DROPOUT, self.training)
        out: Tensor = self.second(torch.relu(self.first(pooled)))
        return out


def fit_head(seen: Seen, *, seed: int) -> Head:
    """A head for texts like these."""
    torch.manual_seed(seed)
    sample = seen.tokens[::_EVERY].astype(np.float32)
    mean, spread = sample.mean(axis=0), sample.std(axis=0) + 1e-3
    model = Attentive(seen.tokens.shape[1])
    _train(model, seen, mean, spread, seed)
    return _without_scaling(model.eval(), mean, spread)


def alarms(head: Head, seen: Seen) -> Floats:
    """What the graph of `training.early.graph` computes as its alarm, [n]."""
    found = np.empty(len(seen.flagged), np.float32)
    for row in range(len(found)):
        tokens = seen.of(row).astype(np.float32)
        scores = np.exp((asked := tokens @ head.queries) - asked.max(axis=0))
        attended = (scores / scores.sum(axis=0)).T @ tokens
        pooled = np.concatenate([tokens.mean(axis=0), attended.ravel()])
        inner = np.maximum(pooled @ head.first + head.first_bias, 0)
        found[row] = inner @ head.second[:, 0] + head.second_bias[0]
    return found


def _train(model: Attentive, seen: Seen, mean: Floats, spread: Floats, seed: int) -> None:
    targets = torch.from_numpy(np.column_stack([seen.flagged, seen.logits]).astype(np.float32))
    lengths, rng = np.diff(seen.starts), np.random.default_rng(seed)
    steps = _PASSES * -(-len(targets) // _BATCH)
    optimiser = torch.optim.AdamW(model.parameters(), _RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    for _ in range(_PASSES):
        # Texts of about one length together, so that little is padded.
        order = np.argsort(lengths * rng.uniform(1.0, 1.2, len(lengths)))
        batches = [order[at : at + _BATCH] for at in range(0, len(order), _BATCH)]
        for place in rng.permutation(len(batches)):
            rows = batches[place]
            tokens, kept = _padded([(seen.of(row) - mean) / spread for row in rows])
            out, wanted = model(tokens, kept), targets[rows]
            loss = binary_cross_entropy_with_logits(out[:, 0], wanted[:, 0])
            loss = loss + _LOGITS_WEIGHT * mse_loss(out[:, 1:], wanted[:, 1:])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()


def _padded(texts: list[Floats]) -> tuple[Tensor, Tensor]:
    longest = max(len(text) for text in texts)
    tokens = torch.zeros(len(texts), longest, texts[0].shape[1])
    kept = torch.zeros(len(texts), longest, dtype=torch.bool)
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = torch.from_numpy(text.astype(np.float32))
        kept[row, : len(text)] = True
    return tokens, kept


def _without_scaling(model: Attentive, mean: Floats, spread: Floats) -> Head:
    """The same for tokens as they are: one step less when serving."""

    def plain(tensor: Tensor) -> Floats:
        array: Floats = tensor.detach().numpy().T.astype(np.float32)
        return array

    first = plain(model.first.weight) / np.tile(spread, 1 + QUERIES)[:, None]
    return Head(
        # What the mean adds to a query is the same for all tokens, and the softmax drops it.
        queries=plain(model.queries.weight) / spread[:, None],
        first=first,
        first_bias=plain(model.first.bias) - np.tile(mean, 1 + QUERIES) @ first,
        second=plain(model.second.weight),
        second_bias=plain(model.second.bias),
    )
