"""Torch against the graphs: the same decisions, and the gate."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import BertConfig, BertModel

from modsvc.engine.session import Session
from modsvc.engine.tokenise import Tokeniser
from modsvc.labels import LABELS
from training.errors import TrainingError
from training.model import Classifier
from training.parity import Parity, compare, first_windows, gate, session_logits, torch_logits


def platt(scale: float, shift: float) -> dict[str, float]:
    return {"scale": scale, "shift": shift}


CALIBRATION: dict[str, Any] = {
    "outputs": {
        "misogyny": {"pooled": platt(1.0, 0.0), "by_language": {"es": platt(0.5, 1.0)}},
    },
    "operating_points": {
        "misogyny": {"pooled": {"review": 0.5}, "by_language": {"es": {"review": 0.8}}},
    },
}


def logits(*misogyny: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Logits [n, 8] whose other seven columns differ at every call."""
    out = np.random.default_rng().normal(size=(len(misogyny), len(LABELS)))
    out[:, 0] = misogyny
    return out


def test_a_graph_that_says_the_same_is_at_one_whatever_the_other_outputs_say() -> None:
    languages = np.array(["en", "es", "uz"])
    found = compare(logits(-1, 0, 2), logits(-1, 0, 2), languages, CALIBRATION)
    assert found == Parity(texts=3, same_flagged=1.0, delta_p99=0.0, delta_max=0.0)


def test_only_crossing_the_threshold_changes_a_decision() -> None:
    languages = np.array(["en"] * 4)
    found = compare(logits(-0.1, 2, -3, 0.2), logits(0.1, 3, -4, 0.1), languages, CALIBRATION)
    assert found.same_flagged == 0.75


def test_each_language_has_its_own_threshold_and_calibration() -> None:
    # 0.5 * logit + 1 is 1.386 at the Spanish threshold of 0.8, that is at a logit of 0.77.
    expected, other = logits(0.7, 0.7), logits(0.85, 0.85)
    found = compare(expected, other, np.array(["es", "en"]), CALIBRATION)
    assert found.same_flagged == 0.5
    sigmoid = 1 / (1 + np.exp(-np.array([0.7, 0.85])))
    assert found.delta_max == pytest.approx(sigmoid[1] - sigmoid[0])


def test_the_tail_is_the_99th_percentile_and_not_the_worst() -> None:
    other = np.zeros(1_000)
    other[:5] = 4.0
    languages = np.full(1_000, "en")
    found = compare(logits(*np.zeros(1_000)), logits(*other), languages, CALIBRATION)
    assert found.delta_p99 == 0.0
    assert found.delta_max == pytest.approx(1 / (1 + np.exp(-4.0)) - 0.5)


GOOD = Parity(texts=100, same_flagged=0.995, delta_p99=0.03, delta_max=0.4)


def test_figures_inside_the_bounds_pass_as_plain_values() -> None:
    found = gate({"fp32": GOOD, "int8": GOOD}, strict=True)
    assert found["int8"] == {
        "texts": 100,
        "same_flagged": 0.995,
        "delta_p99": 0.03,
        "delta_max": 0.4,
    }


@pytest.mark.parametrize(
    "bad",
    [
        Parity(texts=100, same_flagged=0.98, delta_p99=0.03, delta_max=0.4),
        Parity(texts=100, same_flagged=1.0, delta_p99=0.06, delta_max=0.4),
    ],
)
def test_an_integer_graph_that_strays_is_refused_unless_the_run_is_a_smoke_test(
    bad: Parity,
) -> None:
    with pytest.raises(TrainingError, match=r"int8 graph strays.*change training\.quantise"):
        gate({"fp32": GOOD, "int8": bad}, strict=True)
    assert gate({"fp32": GOOD, "int8": bad}, strict=False)["int8"]["texts"] == 100


def test_torch_gives_each_window_its_own_logits_in_the_order_given() -> None:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    model = Classifier(BertModel(config, add_pooling_layer=False))
    rng = np.random.default_rng(0)
    windows = [rng.integers(4, 30, length) for length in rng.integers(2, 20, 70)]
    found = torch_logits(model, windows)
    assert found.shape == (70, len(LABELS))
    device = next(model.parameters()).device
    for row in (0, 33, 69):
        ids = torch.tensor(windows[row], device=device)[None]
        with torch.inference_mode():
            alone = model(ids, torch.ones_like(ids))[0].cpu().numpy()
        np.testing.assert_allclose(found[row], alone, atol=1e-4)


def test_windows_and_graph_logits_keep_the_order_of_the_texts(tiny_artifact: Path) -> None:
    tokeniser = Tokeniser(tiny_artifact / "tokenizer.json", max_tokens=8)
    texts = ["hello hateword", "the women", "a the a the a the a the hateword"] * 100
    windows = first_windows(tokeniser, pd.DataFrame({"text": texts, "parent": None}))
    found = session_logits(Session(tiny_artifact / "model.onnx", threads=1), windows)
    assert found.shape == (300, len(LABELS))
    # The third text is longer than a window; its word stands in the second one.
    np.testing.assert_array_equal(found[:, 0] > 0, [True, False, False] * 100)
