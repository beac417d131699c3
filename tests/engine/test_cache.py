"""The pasted text is answered from memory, exactly, and memory stays bounded."""

from concurrent.futures import ThreadPoolExecutor

from modsvc.engine.cache import ScoreCache
from modsvc.labels import CATEGORIES
from modsvc.types import Language, Score


def a_score(probability: float) -> Score:
    categories = dict.fromkeys(CATEGORIES, 0.0)
    language = Language("en", 0.9, "detected")
    return Score(probability, categories, 0.0, language, True, False, 1, None, "m1")


def test_an_answer_comes_back_marked_as_cached() -> None:
    cache = ScoreCache(10, "m1")
    key = cache.key("hello", None)
    cache.put([(key, a_score(0.25))])

    [found] = cache.get([key])

    assert found is not None
    assert (found.probability, found.cached) == (0.25, True)


def test_another_text_language_or_model_is_another_question() -> None:
    cache, other_model = ScoreCache(10, "m1"), ScoreCache(10, "m2")

    keys = [
        cache.key("hello", None),
        cache.key("hello ", None),
        cache.key("hello", "en"),
        cache.key("en\0hello", None),
        cache.key("hello", None, "hello"),
        cache.key("hello", None, "en"),
        other_model.key("hello", None),
    ]

    assert len(set(keys)) == len(keys)


def test_what_was_used_least_recently_goes_first() -> None:
    cache = ScoreCache(2, "m1")
    first, second, third = (cache.key(text, None) for text in ("one", "two", "three"))
    cache.put([(first, a_score(0.1)), (second, a_score(0.2))])
    cache.get([first])
    cache.put([(third, a_score(0.3))])

    found = cache.get([first, second, third])

    assert [score is not None for score in found] == [True, False, True]
    assert len(cache) == 2


def test_size_zero_holds_nothing() -> None:
    cache = ScoreCache(0, "m1")
    key = cache.key("hello", None)
    cache.put([(key, a_score(0.1))])

    assert cache.get([key]) == [None]


def test_many_threads_at_once_keep_it_bounded_and_right() -> None:
    cache = ScoreCache(50, "m1")

    def use(thread: int) -> None:
        for number in range(500):
            number = (number * 7 + thread) % 100
            key = cache.key(str(number), None)
            [found] = cache.get([key])
            assert found is None or found.probability == number / 100
            cache.put([(key, a_score(number / 100))])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))

    assert len(cache) == 50
