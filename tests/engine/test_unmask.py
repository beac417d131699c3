"""A word that was disguised to get past the filter is seen as people read it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modsvc.engine.normalise import normalise
from tests.fuzz import targets


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("what a st1nk1ng 1d10t", "what a stinking idiot"),
        ("д0ма сид3ть", "дома сидеть"),
        ("you s t u p i d cow", "you stupid cow"),
        ("you s.t.u.p.i.d c-o-w-s", "you stupid cows"),
        ("that \N{CYRILLIC SMALL LETTER ES}ow", "that cow"),
        ("глуп\N{LATIN SMALL LETTER A}я", "глупая"),
        ("soooo duuuumb", "so dumb"),
        ("b@stard", "bastard"),
        ("w⭕man", "woman"),
        ("st\u200bu\u200bp1d", "stupid"),
        ("s t u p 1 d", "stupid"),
        ("s-t-u-p-\u0456-d", "stupid"),
    ],
)
def test_what_has_one_reading_is_read(written: str, seen: str) -> None:
    assert normalise(written) == seen


@pytest.mark.parametrize(
    "text",
    [
        "mp3, covid19, 2nd, 90s, 18yo, 3d, co2, h264, 5G",
        "in 2014 and 1945",
        "xxx, www, Henry VIII",
        "A B C",
        "a 1 3 0 5",
        "我 爱 你 们",
        "IT-шник из Москвы",
        "cost 50$ @ home",
        "well-being, e.g. this, i.e. that",
        "2 ×❌× 3, ՞❌՞",
    ],
)
def test_what_is_no_disguise_stays(text: str) -> None:
    assert normalise(text) == text


#: Characters that the steps look at, so that random texts are full of half disguises.
MASKS = st.text(alphabet="aocхуоіb013 @$⭕❌.-*_ə你١", max_size=40)


@given(MASKS)
@example("a a a a@a a a a.aa")
@example("a0a⭕aаaaa")
def test_a_second_look_changes_nothing(text: str) -> None:
    targets.normaliser(text)


@given(MASKS)
def test_the_explainer_reads_the_same(text: str) -> None:
    targets.alignment(text)
