"""Strong words are cut out of a text exactly, in every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modsvc.desk.veil import Piece, mask, pieces


def test_a_text_is_cut_where_its_strong_and_its_marked_words_are() -> None:
    text = "you hateword, you"
    assert pieces(text, [(4, 12)], [(4, 13)]) == [
        Piece("you ", None, False),
        Piece("hateword", "h••••••d", True),
        Piece(",", ",", False),
        Piece(" you", None, False),
    ]
    assert pieces(text) == [Piece(text, None, False)]
    assert pieces("") == []


@pytest.mark.parametrize(
    ("word", "masked"),
    [
        ("hateword", "h••••••d"),
        ("hate word", "h••e w••d"),
        ("ab", "a•"),
        ("a", "a"),
        ("नमस्ते", "न••ते".replace("••", "•" * 2)),
        ("كلمة", "ك••ة"),
    ],
)
def test_first_and_last_letters_stay(word: str, masked: str) -> None:
    assert mask(word) == masked


RANGES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda ends: (min(ends), max(ends))),
    max_size=4,
)


@given(st.text(max_size=40), RANGES, RANGES)
def test_nothing_is_lost_and_nothing_strong_is_left_plain(
    text: str, marked: list[tuple[int, int]], strong: list[tuple[int, int]]
) -> None:
    cut = pieces(text, marked, strong)
    assert "".join(piece.text for piece in cut) == text
    hidden = [piece.masked is not None for piece in cut for _ in piece.text]
    shown = [piece.marked for piece in cut for _ in piece.text]
    for at in range(len(text)):
        assert hidden[at] == any(start <= at < end for start, end in strong)
        assert shown[at] == any(start <= at < end for start, end in marked)
