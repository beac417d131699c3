"""The deletion test: a span is faithful when taking it out tells more than taking out others."""

from pathlib import Path

import pytest

from eval.faithfulness import DRAWS, measure_faithfulness
from modsvc.engine.engine import Engine
from modsvc.types import Content
from tests.tiny_artifact import TRIGGERS

WORD = TRIGGERS["misogyny"]


def test_the_word_that_makes_the_score_wins_against_every_other(tiny_artifact: Path) -> None:
    engine = Engine.load(tiny_artifact, threads=1)
    texts = [f"hello the {WORD} women", f"{WORD} a hello", WORD, "hello women"]
    found = measure_faithfulness(engine, [Content(text, language="en") for text in texts])
    # A text of one word has nothing to compare with, a harmless one nothing to explain.
    assert (found.texts, found.unexplained) == (2, 1)
    assert (found.comparisons, found.share) == (2 * DRAWS, 1.0)
    assert found.fall > 0.5
    assert found.random_fall == pytest.approx(0, abs=0.1)
