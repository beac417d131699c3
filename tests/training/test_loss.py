"""The masked loss: what is not stated teaches nothing."""

import math

import pytest
import torch

from modsvc.labels import CATEGORIES, LABELS, MISOGYNY, TOXIC_OTHER
from training.loss import masked_bce, output_weights, twin_loss
from training.recipe import Loss

NAN = float("nan")
ONES = torch.ones(len(LABELS))


def targets(*rows: dict[str, float]) -> torch.Tensor:
    """One row a dictionary; what it does not name is not stated."""
    return torch.tensor([[row.get(label, NAN) for label in LABELS] for row in rows])


def test_an_unstated_label_has_no_gradient_and_a_stated_one_has() -> None:
    logits = torch.zeros(2, len(LABELS), requires_grad=True)
    gold = targets({MISOGYNY: 1.0}, {"threats": 0.0})
    masked_bce(logits, gold, torch.ones(2), ONES).backward()
    assert logits.grad is not None
    stated = torch.zeros(2, len(LABELS))
    stated[0, LABELS.index(MISOGYNY)] = -0.25
    stated[1, LABELS.index("threats")] = 0.25
    torch.testing.assert_close(logits.grad, stated)


def test_a_row_that_states_nothing_costs_nothing() -> None:
    logits = torch.full((1, len(LABELS)), 5.0)
    assert masked_bce(logits, targets({}), torch.ones(1), ONES).item() == 0.0


def test_the_loss_is_the_cross_entropy_averaged_over_rows() -> None:
    logits = torch.zeros(4, len(LABELS))
    gold = targets({MISOGYNY: 1.0}, {MISOGYNY: 0.0}, {MISOGYNY: 1.0}, {})
    # Three of four rows state it, at log 2 each.
    loss = masked_bce(logits, gold, torch.ones(4), ONES).item()
    assert loss == pytest.approx(0.75 * math.log(2))


def test_a_weak_row_counts_as_much_as_its_weight() -> None:
    logits = torch.zeros(2, len(LABELS))
    logits[:, 0] = torch.tensor([3.0, -3.0])
    gold = targets({MISOGYNY: 1.0}, {MISOGYNY: 1.0})
    good, bad = math.log1p(math.exp(-3)), math.log1p(math.exp(3))
    loss = masked_bce(logits, gold, torch.tensor([1.0, 0.5]), ONES).item()
    assert loss == pytest.approx((good + 0.5 * bad) / 1.5)


def test_outputs_weigh_what_the_recipe_says() -> None:
    weights = output_weights(Loss(misogyny=2.0, categories=0.25, toxic_other=0.1))
    expected = {MISOGYNY: 2.0, TOXIC_OTHER: 0.1, **dict.fromkeys(CATEGORIES, 0.25)}
    assert dict(zip(LABELS, weights.tolist(), strict=True)) == pytest.approx(expected)

    logits = torch.zeros(1, len(LABELS))
    for label, weight in expected.items():
        loss = masked_bce(logits, targets({label: 1.0}), torch.ones(1), weights).item()
        assert loss == pytest.approx(weight * math.log(2))


def test_logits_of_half_precision_are_judged_in_full() -> None:
    logits = torch.full((1, len(LABELS)), -1.0, dtype=torch.bfloat16)
    loss = masked_bce(logits, targets({MISOGYNY: 1.0}), torch.ones(1), ONES)
    assert loss.item() == pytest.approx(math.log1p(math.e), rel=1e-5)


def test_of_two_twins_the_misogynous_one_is_pushed_up() -> None:
    logits = torch.zeros(4, len(LABELS), requires_grad=True)
    gold = targets({MISOGYNY: 1.0}, {MISOGYNY: 0.0}, {MISOGYNY: 0.0}, {"threats": 1.0})
    loss = twin_loss(logits, gold, torch.tensor([7, 7, 8, 7]))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2))
    assert logits.grad is not None
    assert logits.grad[:, LABELS.index(MISOGYNY)].tolist() == [-0.5, 0.5, 0, 0]
    assert twin_loss(logits, gold, torch.arange(4)).item() == 0
