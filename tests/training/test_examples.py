"""What training reads of a row is what serving reads of the text."""

from pathlib import Path

import numpy as np
import pandas as pd
from tokenizers import Tokenizer

from modsvc.engine.tokenise import Tokeniser
from modsvc.labels import LABELS, MISOGYNY
from tests.tiny_artifact import MAX_TOKENS
from training.examples import prepare, token_ids
from training.recipe import Loss, Optimisation, Recipe, Sampling

ROWS = pd.DataFrame(
    {
        "text": ["hello women", "the a hello", "hello"],
        "parent": [None, "the women", None],
        "source": ["a", "authored", "authored"],
        "tier": ["open", "authored", "authored"],
        "group": ["g1", "g2", "g2"],
        "weak": [True, False, False],
        "weight": [1.0, 1.0, 1.0],
        **{label: pd.array([1, 0, None], dtype="Int8") for label in LABELS},
    }
)
RECIPE = Recipe(
    name="t",
    tier="open",
    max_tokens=MAX_TOKENS,
    sampling=Sampling(examples=1, temperature=1),
    optimisation=Optimisation(learning_rate=1e-4),
    loss=Loss(weak=0.5, hard_negatives=2.0),
)


def test_replies_are_laid_out_as_the_service_lays_them_out(tiny_artifact: Path) -> None:
    path = tiny_artifact / "tokenizer.json"
    windows = Tokeniser(path, max_tokens=MAX_TOKENS).windows(
        ROWS["text"].tolist(), [None, "the women", None]
    )
    assert token_ids(ROWS, Tokenizer.from_file(str(path)), MAX_TOKENS) == [
        one.token_ids[0].tolist() for one in windows
    ]


def test_weak_rows_weigh_less_and_hard_negatives_more(tiny_artifact: Path) -> None:
    data = prepare(ROWS, Tokenizer.from_file(str(tiny_artifact / "tokenizer.json")), RECIPE)
    assert data.weights.tolist() == [0.5, 2.0, 1.0]
    assert data.groups.tolist() == [0, 1, 1]
    gold = data.targets[:, LABELS.index(MISOGYNY)].numpy()
    np.testing.assert_array_equal(gold, [1, 0, np.nan])
