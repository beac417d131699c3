"""Which rows are drawn from a corpus of four unequal cells."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.recipe import Sampling
from training.sampling import MOST_TWINS, beside_twins, cell_sizes, draw, twin_groups


def corpus(cells: dict[tuple[str, str, str], int]) -> pd.DataFrame:
    """Rows of (source, language, tier) cells, mixed as in a corpus."""
    rows = [cell for cell, count in cells.items() for _ in range(count)]
    table = pd.DataFrame(rows, columns=["source", "language", "tier"])
    return table.sample(frac=1.0, random_state=0).reset_index(drop=True)


CELLS = {
    ("big", "en", "open"): 1_600,
    ("small", "es", "open"): 100,
    ("neutral_uz", "uz", "neutral"): 2_000,
    ("focus", "en", "open"): 300,
}
ROWS = corpus(CELLS)
SAMPLING = Sampling(
    examples=1_000, temperature=0.5, max_repeats=2.0, neutral_share=0.1, focus={"focus": 1.5}
)


def drawn_by_source(sampling: Sampling, rows: pd.DataFrame = ROWS) -> dict[str, int]:
    drawn = rows["source"].to_numpy()[draw(rows, sampling, seed=1)]
    return {str(name): int(count) for name, count in pd.Series(drawn).value_counts().items()}


def test_shares_follow_the_root_of_the_size_and_focus_comes_on_top() -> None:
    # 900 labelled rows in the ratio sqrt(1600) : sqrt(100), the rest neutral.
    assert drawn_by_source(SAMPLING) == {
        "big": 720,
        "small": 180,
        "neutral_uz": 100,
        "focus": 450,
    }


@pytest.mark.parametrize(("temperature", "big", "small"), [(1.0, 847, 53), (0.0, 450, 200)])
def test_temperature_goes_from_proportional_to_equal(
    temperature: float, big: int, small: int
) -> None:
    found = drawn_by_source(SAMPLING.model_copy(update={"temperature": temperature}))
    # Equal shares would repeat the 100 rows 4.5 times; `max_repeats` allows 2.
    assert (found["big"], found["small"]) == (big, small)


def test_neutral_rows_never_take_more_than_their_share_and_may_take_less() -> None:
    half = cell_sizes(ROWS, SAMPLING.model_copy(update={"neutral_share": 0.02}))
    assert half["neutral_uz", "uz"] == 20
    many = cell_sizes(ROWS, SAMPLING.model_copy(update={"neutral_share": 0.9}))
    root = {"big": 40.0, "small": 10.0, "neutral": 2_000**0.5}
    fair = 1_000 * root["neutral"] / sum(root.values())
    assert many["neutral_uz", "uz"] == pytest.approx(fair, abs=1)


def test_no_row_is_drawn_more_often_than_allowed_and_none_is_starved() -> None:
    sampling = SAMPLING.model_copy(update={"examples": 100_000, "max_repeats": 2.5})
    times = np.bincount(draw(ROWS, sampling, seed=1), minlength=len(ROWS))
    other = times[(ROWS["source"] != "focus").to_numpy()]
    assert set(other) == {2, 3}


def test_focus_rows_are_drawn_that_many_times_each() -> None:
    sampling = SAMPLING.model_copy(update={"focus": {"focus": 3.0}})
    times = np.bincount(draw(ROWS, sampling, seed=1), minlength=len(ROWS))
    assert set(times[(ROWS["source"] == "focus").to_numpy()]) == {3}


def test_focus_rows_stand_later_than_the_others_on_average() -> None:
    order = ROWS["source"].to_numpy()[draw(ROWS, SAMPLING, seed=1)]
    place = np.arange(len(order)) / len(order)
    # The mean of sqrt(u) is 2/3; the others are pushed a little below the middle.
    assert place[order == "focus"].mean() > 0.58
    assert place[order != "focus"].mean() < 0.5
    assert np.any(place[order == "focus"] < 0.2)


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    first, again, other = (draw(ROWS, SAMPLING, seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert len(first) == len(other)
    assert not np.array_equal(first, other)


def test_focus_alone_is_enough_for_a_run() -> None:
    rows = corpus({("focus", "en", "open"): 50})
    assert drawn_by_source(SAMPLING, rows) == {"focus": 75}
    assert len(draw(rows, Sampling(examples=10, temperature=0.5, focus={"absent": 1.0}), 1)) == 10


@given(
    st.integers(0, 400),
    st.floats(0, 1),
    st.floats(0.1, 3),
    st.floats(0, 1),
    st.lists(st.integers(1, 40), min_size=1, max_size=4),
)
def test_never_more_rows_than_asked_for_nor_than_a_cell_allows(
    examples: int, temperature: float, repeats: float, share: float, sizes: list[int]
) -> None:
    names = ("one", "two", "neutral_a", "neutral_b")
    cells = {
        (name, "en", "neutral" if name.startswith("neutral") else "open"): size
        for name, size in zip(names, sizes, strict=False)
    }
    sampling = Sampling(
        examples=examples, temperature=temperature, max_repeats=repeats, neutral_share=share
    )
    found = cell_sizes(corpus(cells), sampling)
    assert sum(found.values()) <= examples + len(cells) / 2
    for (source, language, _), size in cells.items():
        assert found[source, language] <= size * repeats + 0.5


def test_twins_stand_side_by_side_each_time_they_are_drawn() -> None:
    twins = twin_groups(pd.Series(["a", "b", "a", "c", "d"]))
    order = beside_twins(np.array([0, 3, 1, 2, 0, 4, 2], dtype=np.int64), twins)
    assert order.tolist() == [0, 2, 3, 1, 0, 2, 4]


def test_a_thread_is_no_pair_of_twins() -> None:
    twins = twin_groups(pd.Series(["thread"] * (MOST_TWINS + 1) + ["pair"] * 2))
    assert len(set(twins)) == MOST_TWINS + 2
