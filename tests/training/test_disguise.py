"""A share of the training rows is shown in disguise, with its labels."""

import numpy as np
import pandas as pd

from modsvc.engine.normalise import normalise
from training.disguise import disguise

ROWS = pd.DataFrame(
    {
        "text": ["women should stay at home", "the meeting starts at three"],
        "misogyny": [1, 0],
    }
)
ORDER = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1], dtype=np.int64)


def test_the_share_is_disguised_and_keeps_its_labels() -> None:
    rows, order = disguise(ROWS, ORDER, 0.4, seed=5)
    changed = order != ORDER
    assert changed.sum() == 4
    assert sorted(order[changed]) == [2, 3, 4, 5]
    original = ROWS.iloc[ORDER[changed]]
    shown = rows.iloc[order[changed]]
    assert (shown["misogyny"].to_numpy() == original["misogyny"].to_numpy()).all()
    # None is an invisible space or the like, which the normaliser takes out again.
    assert (shown["text"].to_numpy() != original["text"].to_numpy()).all()
    assert [normalise(text) for text in shown["text"]] == shown["text"].tolist()


def test_without_a_share_nothing_changes() -> None:
    rows, order = disguise(ROWS, ORDER, 0.0, seed=5)
    assert rows.equals(ROWS)
    assert (order == ORDER).all()


def test_texts_whose_diacritics_nobody_puts_back_are_often_shown_without() -> None:
    shown = _shown("Mädchen können so etwas nicht, sie müssen zu Hause bleiben")
    bare = shown.count("Madchen konnen so etwas nicht, sie mussen zu Hause bleiben")
    assert 30 < bare < 120


def test_texts_whose_diacritics_are_put_back_are_shown_as_they_are_read() -> None:
    text = "Sabah hava yaxşı olsa, dənizə gedərik"
    assert normalise("Sabah hava yaxsi olsa, denize gederik") == text
    assert "Sabah hava yaxsi olsa, denize gederik" not in _shown(text)


def test_emoji_are_put_among_the_words_of_some() -> None:
    shown = _shown("the meeting starts at three")
    assert 30 < sum(bool(set(text) & set("😂🙄😉🔥💀🤡")) for text in shown) < 120


def _shown(text: str) -> list[str]:
    """`text` in two hundred disguises."""
    order = np.zeros(200, dtype=np.int64)
    rows, _ = disguise(pd.DataFrame({"text": [text]}), order, 1.0, seed=5)
    return rows["text"][1:].tolist()
