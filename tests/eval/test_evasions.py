"""The disguises are what their names say, and a person can still read the text."""

from random import Random

import pytest

from eval.functional.evasions import EVASIONS, evasions_of
from modsvc.engine.normalise import normalise

ENGLISH = "Women belong in the kitchen, not in parliament"
RUSSIAN = "Женщинам не место за рулём"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("leet", "women", "w0m3n"),
        ("homoglyph", "peace", "реасе"),
        ("zero_width", "women", "wo\u200bmen"),
        ("spaced", "women", "w o m e n"),
        ("no_diacritics", "Қыздарға ұят", "Кыздарга уят"),
        ("other_script", "Бабам не место", "Babam ne mesto"),
    ],
)
def test_a_disguise_does_what_its_name_says(name: str, text: str, expected: str) -> None:
    assert EVASIONS[name](text, Random(1)) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [("no_diacritics", ENGLISH), ("other_script", ENGLISH), ("leet", "да"), ("spaced", "no")],
)
def test_a_way_that_does_not_apply_says_so(name: str, text: str) -> None:
    assert EVASIONS[name](text, Random(1)) is None


@pytest.mark.parametrize("name", EVASIONS)
def test_the_same_seed_gives_the_same_disguise(name: str) -> None:
    once, again = (EVASIONS[name](RUSSIAN, Random(7)) for _ in range(2))
    assert once == again
    assert once != RUSSIAN


def test_an_invisible_space_is_gone_before_the_model_sees_the_text() -> None:
    disguised = EVASIONS["zero_width"](ENGLISH, Random(3))
    assert disguised is not None
    assert normalise(disguised) == ENGLISH


def test_a_mistyped_word_keeps_its_beginning_and_most_letters() -> None:
    for seed in range(50):
        found = EVASIONS["typo"]("women", Random(seed))
        assert found is not None
        assert found[0] == "w"
        assert abs(len(found) - len("women")) <= 1
        assert len(set("women") - set(found)) <= 1


def test_any_text_with_a_longer_word_can_be_disguised() -> None:
    disguises = list(evasions_of(ENGLISH, Random(1)))
    assert len(disguises) >= 6
    assert ENGLISH not in disguises
