"""Words are told apart in every script, as the model reads them."""

import pytest

from modsvc.drift.words import words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't be LATE, be early! 12 times", {"don't", "be", "late", "early", "times"}),
        ("back-gate/door", {"back", "gate", "door"}),
        ("समझी? तेज़ाब", {"समझी", "तेज़ाब"}),
        ("մի անգամ։ էլ", {"մի", "անգամ", "էլ"}),
        ("别再到", {"别再", "再到"}),
        ("o'zi ro'molsiz", {"o'zi", "ro'molsiz"}),
        ("", set()),
        ("!!! 123 :)", set()),
    ],
)
def test_words_of_many_scripts(text: str, words: set[str]) -> None:
    assert words_in(text) == words


def test_links_and_handles_are_no_news() -> None:
    assert words_in("see https://example.org/xyz @joe") == words_in("see http://a.example @ann")


def test_a_disguise_is_taken_off() -> None:
    assert words_in("h4teword") == words_in("hateword")
