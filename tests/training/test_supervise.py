"""The lower layers learn to say what the whole model says, and the whole model does not move."""

import pytest
import torch
from torch import Tensor
from transformers import BertConfig, BertModel

from training.early.supervise import LowerHead
from training.model import Classifier

SMALL = {
    "vocab_size": 20,
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
IDS = torch.randint(3, 20, (8, 6), generator=torch.Generator().manual_seed(1))
MASK = torch.ones_like(IDS)


@pytest.fixture
def model() -> Classifier:
    torch.manual_seed(1)
    return Classifier(BertModel(BertConfig(**SMALL), add_pooling_layer=False)).eval()


def loss_of(model: Classifier, lower: LowerHead) -> Tensor:
    with lower:
        logits = model(IDS, MASK)
        return lower.loss(MASK, logits)


def test_only_the_layers_below_move(model: Classifier) -> None:
    loss_of(model, LowerHead(model, 2)).backward()  # type: ignore[no-untyped-call]
    moved = [
        any(p.grad is not None and p.grad.abs().sum() > 0 for p in layer.parameters())
        for layer in model.encoder.encoder.layer
    ]
    assert moved == [True, True, False]
    assert model.head.weight.grad is None


def test_it_comes_to_agree_with_the_whole_model(model: Classifier) -> None:
    with torch.no_grad():
        model.head.weight.mul_(200)
    lower = LowerHead(model, 1)
    optimiser = torch.optim.Adam(lower.parameters(), 1e-2)
    first = loss_of(model, lower).item()
    for _ in range(60):
        optimiser.zero_grad()
        loss = loss_of(model, lower)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert loss_of(model, lower).item() < 0.7 * first


def test_padding_says_nothing(model: Classifier) -> None:
    lower = LowerHead(model, 1).eval()
    mask = MASK.clone()
    mask[:, 4:] = 0
    other = torch.where(mask.bool(), IDS, 7)
    with lower:
        logits = model(IDS, mask)
        first = lower.loss(mask, logits)
        model(other, mask)
        assert torch.allclose(lower.loss(mask, logits), first)
