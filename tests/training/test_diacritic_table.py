"""The counts that diacritics are put back with are learnt from what the train split spells."""

from collections import Counter

import pandas as pd

from modsvc.engine.diacritics import windows
from training.diacritic_table import Marks, marks, table


def _asked(found: Marks, word: str, at: int) -> str | None:
    return next((found[one][0] for one in windows(word, at) if one in found), None)


def _rows(*texts: tuple[str, str], split: str = "train", tier: str = "open") -> pd.DataFrame:
    rows = pd.DataFrame(texts, columns=["language", "text"])
    return rows.assign(split=split, tier=tier)


def test_a_letter_gets_the_mark_that_its_neighbours_ask_for() -> None:
    found = marks(Counter({"мой": 8, "мои": 1, "дом": 3, "домой": 2, "иду": 4}))
    assert (_asked(found, "мои", 2), _asked(found, "домои", 4)) == ("й", "й")
    assert (_asked(found, "иду", 0), _asked(found, "домик", 3)) == (None, None)
    assert all(odds > 1 for letter, odds in found.values() if letter == "й")


def test_texts_typed_without_marks_do_not_teach_that_there_are_none() -> None:
    typed = ("ro", "mâine vin acasă să mănânc")
    bare = ("ro", "maine vin acasa sa mananc")
    lines = list(table(_rows(typed, *[bare] * 50)))
    assert any(line.startswith("\tro\t") and "\tâ\t" in line for line in lines)


def test_a_word_tells_the_languages_it_is_frequent_in() -> None:
    rows = _rows(*[("de", "heute regnet es")] * 300, *[("en", "it rains today")] * 300)
    lines = {line.split("\t")[0]: line for line in table(rows)}
    assert lines["regnet"] == "regnet\tde:-1.10\n"
    assert lines["today"] == "today\ten:-1.10\n"
