"""The published network is read back as the classifier that it was made of."""

from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from modsvc.engine.artifact import MODEL_FILE, TOKENIZER_FILE
from modsvc.engine.session import Session
from modsvc.engine.tokenise import Tokeniser
from modsvc.labels import LABELS
from tests.test_shipped_model import MARKET
from tests.test_shipped_model import MODEL as SHIPPED
from training.early.graph import Head, attach
from training.errors import TrainingError
from training.export import export
from training.from_integers import rebuild, write_classifier
from training.model import Classifier, load_classifier
from training.outliers import split_outliers
from training.parity import first_windows, session_logits, torch_logits
from training.quantise import pack_embeddings, quantise, quantise_products
from training.rounding import LARGEST

HIDDEN, LAYERS, INNER, WORDS = 64, 3, 128, 150
Tensors = dict[str, Tensor]


def classifier() -> Classifier:
    """A small one, all tensors of which differ, with words that four bits hold exactly."""
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        intermediate_size=INNER,
        max_position_embeddings=40,
        layer_norm_eps=1e-6,
        pad_token_id=1,
    )
    model = Classifier(BertModel(config, add_pooling_layer=False))
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.15)
            nn.init.normal_(module.bias, std=0.1)
        elif isinstance(module, nn.LayerNorm) and module.elementwise_affine:
            nn.init.normal_(module.weight, 1, 0.1)
            nn.init.normal_(module.bias, std=0.1)
    levels = torch.randint(-8, 8, (WORDS, HIDDEN // 32, 32)).float()
    # The base's blocks have the level -8 as well, wherever they are not all zeros.
    levels[:, :, 0] = -8
    levels[1] = 0
    table = (levels * torch.rand(WORDS, HIDDEN // 32, 1).half().float()).reshape(WORDS, HIDDEN)
    model.encoder.embeddings.word_embeddings.weight.data = table
    return model.eval()


def windows(count: int, seed: int) -> list[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    return [
        np.array([0, *rng.integers(4, WORDS, length), 2]) for length in rng.integers(2, 30, count)
    ]


def way_out() -> Head:
    rng = np.random.default_rng(5)

    def drawn(*shape: int) -> NDArray[np.float32]:
        return rng.normal(size=shape).astype(np.float32)

    return Head(drawn(HIDDEN, 8), drawn(9 * HIDDEN, 16), drawn(16), drawn(16, 9), drawn(9))


@pytest.fixture(scope="module")
def trained() -> Classifier:
    return classifier()


@pytest.fixture(scope="module")
def exported(trained: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("integers") / "fp32.onnx"
    export(trained, path)
    return path


@pytest.fixture(scope="module")
def network(exported: Path) -> Path:
    """As it is shipped: outliers apart, weights rounded to fit, and a way out after layer 1."""
    path = exported.parent / MODEL_FILE
    quantise(exported, path, windows(60, 1))
    onnx.save(attach(onnx.load(str(path)), 1, way_out()), str(path))
    return path


@pytest.fixture(scope="module")
def rounded(exported: Path) -> Path:
    """The same with each weight rounded by itself, to the nearest step."""
    split, part, path = (exported.parent / f"{name}.onnx" for name in ("split", "part", "rounded"))
    split_outliers(exported, split, windows(60, 1))
    quantise_products(split, part)
    pack_embeddings(part, path)
    onnx.save(attach(onnx.load(str(path)), 1, way_out()), str(path))
    return path


def as_trained(found: Classifier, trained: Classifier) -> tuple[Tensors, Tensors]:
    """Both classifiers' tensors, with the found one's feed-forward channels in the old order."""
    state, wanted = found.state_dict(), trained.state_dict()
    for layer in range(LAYERS):
        stem = f"encoder.encoder.layer.{layer}"
        up, down = f"{stem}.intermediate.dense", f"{stem}.output.dense"
        # No two biases are alike.
        order = state[f"{up}.bias"].argsort()[wanted[f"{up}.bias"].argsort().argsort()]
        for name in (f"{up}.weight", f"{up}.bias"):
            state[name] = state[name][order]
        state[f"{down}.weight"] = state[f"{down}.weight"][:, order]
    return state, wanted


def test_what_was_not_rounded_comes_back_to_the_last_digit(
    network: Path, trained: Classifier
) -> None:
    state, wanted = as_trained(rebuild(network), trained)
    assert state.keys() == wanted.keys()
    exact = [name for name in wanted if not is_product(name)]
    assert len(exact) == len(wanted) - 6 * LAYERS
    for name in exact:
        assert torch.equal(state[name], wanted[name]), name


def is_product(name: str) -> bool:
    return ".layer." in name and "LayerNorm" not in name and name.endswith("weight")


def test_every_other_weight_is_within_half_a_step(rounded: Path, trained: Classifier) -> None:
    state, wanted = as_trained(rebuild(rounded), trained)
    for name in filter(is_product, wanted):
        step = wanted[name].abs().amax(dim=1, keepdim=True) / LARGEST
        assert ((state[name] - wanted[name]).abs() <= 0.5001 * step).all(), name


def test_the_outliers_of_the_feed_forward_products_are_not_rounded(
    network: Path, trained: Classifier
) -> None:
    state, wanted = as_trained(rebuild(network), trained)
    for layer in range(LAYERS):
        for part in ("intermediate", "output"):
            name = f"encoder.encoder.layer.{layer}.{part}.dense.weight"
            exact = (state[name] == wanted[name]).all(dim=0)
            assert exact.sum() == 16


def test_it_says_what_the_network_says(network: Path, trained: Classifier) -> None:
    texts = windows(200, 2)
    said = session_logits(Session(network, threads=1), texts)
    found = np.abs(torch_logits(rebuild(network), texts) - said)
    before = np.abs(torch_logits(trained, texts) - said)
    # Only what rounds the activations is left between them; the logits spread by 1.3.
    assert found.mean() < 0.015
    assert found.mean() < 0.7 * before.mean()


def test_a_folder_is_written_that_training_goes_on_from(network: Path, tmp_path: Path) -> None:
    (network.parent / "tokenizer.json").write_text("{}")
    write_classifier(network.parent, tmp_path / "start")
    assert (tmp_path / "start" / "tokenizer.json").read_text() == "{}"
    texts = windows(20, 3)
    found = torch_logits(load_classifier(tmp_path / "start"), texts)
    assert found.shape == (20, len(LABELS))
    np.testing.assert_allclose(found, torch_logits(rebuild(network), texts), atol=1e-5)


def test_the_shipped_model_can_be_gone_on_from() -> None:
    network = SHIPPED / MODEL_FILE
    tokeniser = Tokeniser(SHIPPED / TOKENIZER_FILE, max_tokens=128)
    texts = first_windows(tokeniser, pd.DataFrame({"text": MARKET.values(), "parent": None}))
    said = session_logits(Session(network, threads=1), texts)
    assert np.abs(torch_logits(rebuild(network), texts) - said).mean() < 0.15


def test_a_network_of_other_making_is_refused(tiny_artifact: Path) -> None:
    with pytest.raises(TrainingError, match="go on from a recipe"):
        rebuild(tiny_artifact / MODEL_FILE)
