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


def test_texts_with_diacritics_are_often_shown_without() -> None:
    rows = pd.DataFrame({"text": ["Kızlar böyle işlerden anlamaz, evde otursunlar"]})
    order = np.zeros(200, dtype=np.int64)
    shown, _ = disguise(rows, order, 1.0, seed=5)
    plain = "kizlar boyle islerden anlamaz, evde otursunlar"
    bare = sum(normalise(text).lower() == plain for text in shown["text"][1:])
    assert 50 < bare < 150
