"""The promises that are fuzzed hold of every seed, and of what hypothesis makes of the pieces.

What is here takes seconds and is the same each time; `python -m tests.fuzz.engine` goes on.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modsvc.engine.normalise import normalise
from tests.fuzz import bodies, targets
from tests.fuzz.engine import bytes_of, text_of
from tests.fuzz.linear import Linear, pumps
from tests.fuzz.seeds import PIECES, SEEDS
from tests.fuzz.windows import Spans, Windows

TEXTS = (
    *(targets.normaliser, targets.unmasking, targets.alignment, targets.detector),
    *(targets.tag, targets.parts),
)
BODIES = (bodies.bodies, bodies.items, bodies.surrogates)

MADE = st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=12).map("".join)


@pytest.fixture(scope="module")
def linear(tiny_artifact: Path) -> Linear:
    """What is timed, with the tiny model."""
    return Linear(tiny_artifact)


@pytest.mark.parametrize("check", TEXTS)
def test_seeds_of_texts(check: Callable[[str], None]) -> None:
    for text in SEEDS:
        check(text)
        check(text_of(bytes_of(text)))


@pytest.mark.parametrize("check", TEXTS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(text=MADE)
def test_made_texts(check: Callable[[str], None], text: str) -> None:
    check(text)


@pytest.mark.parametrize("check", BODIES)
def test_seeds_of_bodies(check: Callable[[bytes], None]) -> None:
    for text in SEEDS:
        check(bytes_of(text))


@pytest.mark.parametrize("check", BODIES)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(text=MADE)
def test_made_bodies(check: Callable[[bytes], None], text: str) -> None:
    check(bytes_of(text))


def test_seeds_in_windows_and_spans(tiny_artifact: Path) -> None:
    windows, spans = Windows(tiny_artifact), Spans(tiny_artifact)
    for text in SEEDS:
        windows(text * 3)
        spans(f"{text} hateword")


@pytest.mark.parametrize(
    "flood",
    [
        *("\u0301\u0316", "\u0344\u0316", "\u0f73\u0f75\u0f81", "\uff9e\u0316\u0301"),
        *("[id1", "a@b.", "@a.", "a.", "1 ", "x4", "http://", "\u200d👩", "ﷺ", '{"'),
    ],
)
def test_floods_take_time_in_proportion(linear: Linear, flood: str) -> None:
    linear(flood)


def test_a_part_whose_time_grows_with_the_square_is_noticed(
    linear: Linear, monkeypatch: pytest.MonkeyPatch
) -> None:
    def square(text: str) -> int:
        return sum(text.count("ab", at) for at in range(0, len(text), 4))

    monkeypatch.setitem(linear.work, "square", square)
    monkeypatch.setattr("tests.fuzz.linear._NOTICED_S", 0.001)
    with pytest.raises(AssertionError, match="square"):
        linear("ab")


def test_pumps_make_texts_of_the_length_that_is_asked_for() -> None:
    assert [pump(9) for pump in pumps("abc")] == ["abcabcabc", "abbbbbbbc"]
    assert [pump(3) for pump in pumps("a")] == ["aaa"]
    assert not list(pumps(""))


def test_a_broken_promise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "normalise", lambda text: normalise(text) + " ")
    with pytest.raises(AssertionError):
        targets.normaliser("hello")
    with pytest.raises(AssertionError):
        targets.alignment("hello")
