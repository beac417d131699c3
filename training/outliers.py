"""Channels whose activations are too large for eight bits, taken out of the integer products.

In: the fused float32 graph and windows of token ids. Out: the same function, in which the
few inputs of each feed-forward product that reach far beyond the others go through a small
float32 product of their own. A dynamically quantised product has one scale for all of its
input, so one such channel leaves the others little of the eight bits (Dettmers et al. 2022,
"LLM.int8()"). Between the two products of a layer the channels are moved to the end, where
a split parts them; before the first they are zeroed and gathered.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from training.probe import observe

#: Channels of each layer that stay in float32. Eight leave more noise, 32 take no more away.
CHANNELS: Final = 16
#: Ends the name of their products, which `training.quantise` leaves alone.
IN_FLOAT: Final = "/outliers"
_UP: Final = "/intermediate/dense/MatMul"
_DOWN: Final = "/output/dense/MatMul"
_OTHER: Final = "/attention/"


def split_outliers(
    source: Path, target: Path, windows: Sequence[NDArray[np.int64]], channels: int = CHANNELS
) -> None:
    """Write the graph at `source` to `target` with the feed-forward outliers apart."""
    model = onnx.load(str(source))
    products = [
        node
        for node in model.graph.node
        if node.op_type == "MatMul" and node.name.endswith((_UP, _DOWN)) and _OTHER not in node.name
    ]
    peaks = _peaks(model, [node.input[0] for node in products], windows)
    # The down-projections first: their permutation reaches back to the products before them.
    for node in sorted(products, key=lambda node: node.name.endswith(_UP)):
        order = np.argsort(peaks[node.input[0]], kind="stable")
        if node.name.endswith(_DOWN):
            _permute(model, node, order)
            _split(model, node, channels)
        else:
            _mask(model, node, np.sort(order[-channels:]))
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def _peaks(
    model: onnx.ModelProto, names: Sequence[str], windows: Sequence[NDArray[np.int64]]
) -> dict[str, NDArray[np.float32]]:
    """The greatest absolute value of each channel of the named tensors over all windows."""
    peaks: dict[str, NDArray[np.float32]] = {}
    for name, value in observe(model, names, windows):
        found = np.abs(value).max(axis=0)
        peaks[name] = np.maximum(peaks.get(name, found), found)
    return peaks


def _permute(model: onnx.ModelProto, node: onnx.NodeProto, order: NDArray[np.int64]) -> None:
    """Bring the layer's channels into `order`, before and after the activation alike."""
    producers = {output: one for one in model.graph.node for output in one.output}
    activation = producers[node.input[0]]
    before = producers[activation.input[0]]
    _replace(model, before.input[1], lambda weights: weights[:, order])
    _replace(model, activation.input[1], lambda bias: bias[order])
    _replace(model, node.input[1], lambda weights: weights[order])


def _split(model: onnx.ModelProto, node: onnx.NodeProto, channels: int) -> None:
    """Part the last `channels` from the product `node`, and add theirs to its output."""
    weights = numpy_helper.to_array(_initializer(model, node.input[1]))
    many = len(weights) - channels
    stem = node.name.removesuffix("/MatMul")
    name = f"{stem}{IN_FLOAT}"
    model.graph.initializer.extend(
        numpy_helper.from_array(value, f"{name}/{part}")
        for part, value in (
            ("sizes", np.array([many, channels], np.int64)),
            ("few", weights[many:]),
        )
    )
    _replace(model, node.input[1], lambda found: found[:many])
    source, output = node.input[0], node.output[0]
    parts = [f"{name}/rest_in", f"{name}/few_in"]
    node.input[0], node.output[0] = parts[0], f"{name}/rest_out"
    place = list(model.graph.node).index(node)
    split = helper.make_node("Split", [source, f"{name}/sizes"], parts, f"{name}/Split", axis=-1)
    few = helper.make_node(
        "MatMul", [parts[1], f"{name}/few"], [f"{name}/few_out"], f"{name}/MatMul"
    )
    both = [node.output[0], f"{name}/few_out"]
    model.graph.node.insert(place, split)
    model.graph.node.insert(place + 2, few)
    model.graph.node.insert(place + 3, helper.make_node("Add", both, [output], f"{name}/Add"))


def _mask(model: onnx.ModelProto, node: onnx.NodeProto, few: NDArray[np.int64]) -> None:
    """Zero the channels `few` before the product `node`, and add their own product to its output.

    The input is the residual stream, whose order all layers share, so it cannot be permuted.
    """
    weights = numpy_helper.to_array(_initializer(model, node.input[1]))
    name = f"{node.name.removesuffix('/MatMul')}{IN_FLOAT}"
    kept = np.ones(len(weights), np.float32)
    kept[few] = 0
    constants: dict[str, NDArray[Any]] = {
        "kept": kept,
        "places": few,
        "few": np.ascontiguousarray(weights[few]),
    }
    model.graph.initializer.extend(
        numpy_helper.from_array(value, f"{name}/{part}") for part, value in constants.items()
    )
    source, output = node.input[0], node.output[0]
    node.input[0], node.output[0] = f"{name}/rest_in", f"{name}/rest_out"
    place = list(model.graph.node).index(node)
    few_in, few_out = f"{name}/few_in", f"{name}/few_out"
    make = helper.make_node
    for offset, made in (
        (0, make("Mul", [source, f"{name}/kept"], [node.input[0]], f"{name}/Mul")),
        (2, make("Gather", [source, f"{name}/places"], [few_in], f"{name}/Gather", axis=-1)),
        (3, make("MatMul", [few_in, f"{name}/few"], [few_out], f"{name}/MatMul")),
        (4, make("Add", [node.output[0], few_out], [output], f"{name}/Add")),
    ):
        model.graph.node.insert(place + offset, made)


def _replace(
    model: onnx.ModelProto, name: str, change: Callable[[NDArray[Any]], NDArray[Any]]
) -> None:
    tensor = _initializer(model, name)
    value = np.ascontiguousarray(change(numpy_helper.to_array(tensor)))
    tensor.CopyFrom(numpy_helper.from_array(value, name))


def _initializer(model: onnx.ModelProto, name: str) -> onnx.TensorProto:
    return next(tensor for tensor in model.graph.initializer if tensor.name == name)
