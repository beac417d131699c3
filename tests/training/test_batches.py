"""Batches of similar length, and their tensors."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from training.batches import PAD_ID, WINDOW, pad_batch, plan_batches


@given(st.lists(st.integers(0, 49), max_size=400), st.integers(1, 9), st.integers(0, 3))
@example([0] * (WINDOW * 2 + 1), 2, 0)
def test_every_drawn_row_is_in_exactly_one_batch(
    order: list[int], batch_size: int, seed: int
) -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 50)
    batches = plan_batches(lengths, np.array(order, np.int64), batch_size, seed)
    assert sorted(row for batch in batches for row in batch.tolist()) == sorted(order)
    assert all(1 <= len(batch) <= batch_size for batch in batches)


def test_texts_of_a_batch_are_of_similar_length() -> None:
    rng = np.random.default_rng(0)
    lengths, order = rng.integers(1, 200, 2_000), rng.permutation(2_000)
    batches = plan_batches(lengths, order, 8, seed=1)
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    assert padded < 1.06 * lengths.sum()


def test_the_order_of_the_draw_is_kept_at_large() -> None:
    size = 4
    order = np.arange(3 * WINDOW * size)
    batches = plan_batches(np.ones(len(order), np.int64), order, size, seed=1)
    window_of = [batch // (WINDOW * size) for batch in batches]
    assert [set(windows.tolist()) for windows in window_of] == [
        {number} for number in range(3) for _ in range(WINDOW)
    ]


def test_short_and_long_batches_are_mixed_the_same_way_for_the_same_seed() -> None:
    lengths = np.arange(1, 97)
    order = np.arange(96)
    first, again, other = (plan_batches(lengths, order, 4, seed) for seed in (1, 1, 2))
    shortest = [int(batch.min()) for batch in first]
    assert shortest != sorted(shortest)
    assert [batch.tolist() for batch in first] == [batch.tolist() for batch in again]
    assert [batch.tolist() for batch in first] != [batch.tolist() for batch in other]


def test_padding_fills_to_the_longest_and_the_mask_says_where() -> None:
    inputs, mask = pad_batch([[0, 9, 2], [0, 7, 8, 5, 2]])
    assert inputs.tolist() == [[0, 9, 2, PAD_ID, PAD_ID], [0, 7, 8, 5, 2]]
    assert mask.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert {str(inputs.dtype), str(mask.dtype)} == {"torch.int64"}
