"""A word that comes up is told once, and not for a name or for one text sent often."""

from modsvc.drift.novelty import RECENT, Novelty
from tests.drift.traffic import CODE


def feed(novelty: Novelty, number: int, every: int, *words: str) -> list[tuple[int, str]]:
    """So many texts, each of them another one; every so many has the words. What came up when."""
    found = []
    for text in range(number):
        mine = {f"name{text}", "usual", *(words if text % every == 0 else ())}
        found += [(text, word) for word in novelty.see(frozenset(mine))]
    return found


def test_a_code_word_comes_up_and_is_told_once() -> None:
    [(text, word)] = feed(Novelty({"usual"}), 600, 10, CODE)
    assert word == CODE
    assert text < 100


def test_a_rare_word_does_not() -> None:
    assert feed(Novelty({"usual"}), 3_000, 150, CODE) == []


def test_words_of_the_past_are_no_news() -> None:
    assert feed(Novelty({"usual", CODE}), 600, 5, CODE) == []


def test_one_text_that_is_sent_again_and_again_is_one_text() -> None:
    novelty = Novelty({"usual"})
    assert [novelty.see(frozenset({"usual", CODE})) for _ in range(300)] == [[]] * 300


def test_what_is_long_past_is_forgotten() -> None:
    novelty = Novelty({"usual"})
    feed(novelty, 1, 1, CODE)
    assert novelty.share(CODE) == 1
    feed(novelty, RECENT, 1)
    assert novelty.share(CODE) == 0
    assert not novelty._counts.keys() & {CODE, "name"}
    assert not novelty._tests
