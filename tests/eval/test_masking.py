"""Masks: nobody can read a word behind one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.masking import BAR, MAX_WORDS, mask


def test_long_words_keep_their_first_letter_only() -> None:
    assert mask("Hello wonderful day") == "H▇▇▇▇ w▇▇▇▇▇▇▇ ▇▇▇"


@pytest.mark.parametrize("text", ["h e l l o", "he-l-lo", "12 34", "@name", "...", "a.b.c.d"])
def test_spaced_and_short_words_are_masked_whole(text: str) -> None:
    assert not re.search(r"[a-z0-9]", mask(text))


@given(st.text(max_size=400))
def test_no_two_characters_of_a_text_stand_together(text: str) -> None:
    for word in mask(text).removesuffix(" …").split():
        assert set(word[1:]) <= {BAR}
        assert len(word) <= 8
    assert len(mask(text).split()) <= MAX_WORDS + 1
