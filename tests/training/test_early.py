"""The way out after the lower layers: learnt from the whole model, and bounded by its decisions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.early.bounds import BUDGET, fit_bounds, leaving
from training.early.head import alarms, fit_head
from training.early.observe import Seen


def traffic(size: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Alarms, what is flagged, and languages; in Kazakh the lower layers see half of it."""
    rng = np.random.default_rng(seed)
    flagged = rng.random(size) < 0.2
    languages = rng.choice(["en", "kk", "la"], size, p=[0.6, 0.395, 0.005])
    seen = flagged & ~((languages == "kk") & (rng.random(size) < 0.1))
    return rng.normal(np.where(seen, 6.0, 0.0)).astype(np.float32), flagged, languages


def test_bounds_hold_on_other_texts() -> None:
    limits = fit_bounds(*traffic(20_000, 1))
    values, flagged, languages = traffic(20_000, 2)
    left = leaving(values, languages, limits)
    for code in ("en", "kk"):
        assert np.mean((left & flagged)[languages == code]) <= BUDGET
    assert np.mean(left[languages == "en"]) > 0.5
    assert limits["kk"] < limits["en"]


def test_a_language_that_shows_too_little_never_leaves() -> None:
    values, flagged, languages = traffic(20_000, 1)
    limits = fit_bounds(values, flagged, languages)
    assert "la" not in limits
    assert not leaving(values, languages, limits)[languages == "la"].any()


@given(arrays(np.float32, 500, elements=st.floats(-50, 50, width=32)), st.integers(0, 2**32 - 1))
def test_no_bound_lets_more_go_than_the_budget(values: np.ndarray, seed: int) -> None:
    flagged = np.random.default_rng(seed).random(500) < 0.3
    languages = np.array(["en"] * 500)
    left = leaving(values, languages, fit_bounds(values, flagged, languages))
    assert np.sum(left & flagged) <= BUDGET * 500


def texts(count: int, seed: int) -> Seen:
    """Texts of 4 to 9 tokens, flagged when one of these is the telling one."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(4, 10, count)
    starts = np.cumsum([0, *lengths])
    tokens = rng.normal(size=(starts[-1], 6)).astype(np.float16) * 3 + 1
    flagged = rng.random(count) < 0.5
    tokens[(starts[:-1] + rng.integers(0, lengths))[flagged]] += [9, -9, 9, 0, 0, 0]
    logits = np.outer(np.where(flagged, 3, -3), np.linspace(0.2, 1, 8)).astype(np.float32)
    return Seen(tokens, starts, logits, flagged, np.array(["en"] * count))


def test_a_head_finds_the_one_word_that_matters() -> None:
    seen, other = texts(4_000, 1), texts(500, 2)
    head = fit_head(seen, seed=1)
    assert np.mean((alarms(head, other) > 0) == other.flagged) > 0.93
    np.testing.assert_array_equal(head.first, fit_head(seen, seed=1).first)


def test_without_flagged_texts_nobody_leaves() -> None:
    values = np.zeros(1_000, np.float32)
    assert fit_bounds(values, np.zeros(1_000, bool), np.array(["en"] * 1_000)) == {}
