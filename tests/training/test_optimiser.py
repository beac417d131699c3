"""What moves the weights: rates by layer, a nudge to train against, a parent that is only read."""

import pytest
import torch
from transformers import BertConfig, BertModel

from training.adversary import Adversary
from training.model import Classifier, judged
from training.optimiser import build_optimiser, build_schedule
from training.recipe import Optimisation

SMALL = {
    "vocab_size": 20,
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}


@pytest.fixture
def model() -> Classifier:
    torch.manual_seed(1)
    return Classifier(BertModel(BertConfig(**SMALL), add_pooling_layer=False)).eval()


def test_lower_layers_learn_slower_and_the_head_fastest(model: Classifier) -> None:
    settings = Optimisation(learning_rate=1e-3, layer_decay=0.5, head_rate=10)
    optimiser = build_optimiser(model, torch.nn.Embedding(2, 8), [], settings)
    rate_of = {id(p): g["lr"] for g in optimiser.param_groups for p in g["params"]}
    layers = model.encoder.encoder.layer
    rates = [rate_of[id(layer.output.dense.weight)] for layer in layers]
    assert rates == pytest.approx([2.5e-4, 5e-4, 1e-3])
    assert rate_of[id(model.encoder.embeddings.LayerNorm.weight)] == pytest.approx(1.25e-4)
    assert rate_of[id(model.head.weight)] == pytest.approx(1e-2)
    assert len(rate_of) == len(list(model.parameters())) + 1


def test_the_rate_rises_and_falls(model: Classifier) -> None:
    settings = Optimisation(learning_rate=1e-3, warmup=0.2)
    optimiser = build_optimiser(model, torch.nn.Embedding(2, 8), [], settings)
    schedule = build_schedule(optimiser, settings, 10)
    rates = []
    for _ in range(10):
        rates.append(schedule.get_last_lr()[-2] / 1e-3 / settings.head_rate)
        optimiser.step()
        schedule.step()
    assert rates[:3] == pytest.approx([0.5, 1.0, 1.0])
    assert rates[3:] == sorted(rates[3:], reverse=True)
    assert rates[-1] == pytest.approx(1 / 8)


def test_a_nudge_along_the_gradient_makes_the_loss_greater(model: Classifier) -> None:
    ids = torch.tensor([[0, 5, 6, 7, 2]])
    mask = torch.ones_like(ids)
    adversary = Adversary(model.encoder.embeddings, size=0.5)

    def loss() -> torch.Tensor:
        return -model(ids, mask)[:, 0].sum()

    with adversary.watched():
        plain = loss()
    plain.backward()
    with adversary.nudged():
        nudged = loss()
    assert nudged.item() > plain.item()
    assert loss().item() == pytest.approx(plain.item())


def test_a_parent_is_read_but_only_the_reply_is_pooled(model: Classifier) -> None:
    alone = torch.tensor([[0, 5, 6, 2, 1, 1]])
    within = torch.tensor([[0, 5, 6, 2, 9, 2]])
    mask = torch.tensor([[1, 1, 1, 1, 0, 0]])
    assert judged(alone, mask).tolist() == [[1, 1, 1, 1, 0, 0]]
    assert judged(within, torch.ones_like(within)).tolist() == [[1, 1, 1, 1, 0, 0]]
    with torch.inference_mode():
        short = model(alone[:, :4], mask[:, :4])
        torch.testing.assert_close(model(alone, mask), short)
        assert not torch.allclose(model(within, torch.ones_like(within)), short)
        logits, parts = model.forward_with_tokens(within, torch.ones_like(within))
        torch.testing.assert_close(parts[:, :4].mean(dim=1), logits)
