"""Seven-bit weights that lose as little of each product as seven bits allow.

In: the float32 graph, windows of token ids, and the graph that onnxruntime quantised. Out:
the same integer graph with other integers. Rounding each weight to the nearest step
ignores what the rounding of its neighbours already did to the sum; here every row's error is
made good by the rows after it, as far as the inputs seen on real text allow (Frantar et al.
2023, "GPTQ"). Which products are integer, and in what form, is left to `training.quantise`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from training.probe import observe

#: Without VNNI two products of u8 and s8 are added in 16 bits: 2 x 255 x 64 just fits.
LARGEST: Final = 64
#: Added to the diagonal, as a share of its mean, so that rare inputs do not count for nothing.
DAMPING: Final = 0.01
#: End the names of a product's integers and of their scales.
QUANTISED: Final = "_quantized"
SCALE: Final = "_scale"

Floats = NDArray[np.float64]


def round_weights(
    quantised: onnx.ModelProto, source: Path, windows: Sequence[NDArray[np.int64]]
) -> None:
    """Replace the integers and scales of every integer product in `quantised`, in place."""
    model = onnx.load(str(source))
    integers = {tensor.name: tensor for tensor in quantised.graph.initializer}
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    inputs = {
        node.input[1]: node.input[0]
        for node in model.graph.node
        if node.op_type in {"MatMul", "Attention"} and f"{node.input[1]}{QUANTISED}" in integers
    }
    moments = _second_moments(model, sorted(set(inputs.values())), windows)
    for name, source_name in inputs.items():
        values = numpy_helper.to_array(weights[name]).astype(np.float64)
        rounded, scale = round_matrix(values, moments[source_name])
        for suffix, value in ((QUANTISED, rounded), (SCALE, scale.astype(np.float32))):
            tensor = integers[f"{name}{suffix}"]
            tensor.CopyFrom(numpy_helper.from_array(value.reshape(tuple(tensor.dims)), tensor.name))


def round_matrix(weights: Floats, moment: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Integers [k, n] and scales [n] for weights [k, n] whose inputs have second moment [k, k]."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-12) / LARGEST
    damped = moment + DAMPING * np.mean(np.diag(moment)) * np.eye(len(moment))
    # Inputs with the most energy first: their errors are then shared by all the others.
    order = np.argsort(-np.diag(damped), kind="stable")
    left = weights[order].copy()
    upper = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    rounded = np.empty(weights.shape, np.int8)
    for row in range(len(left)):
        steps = np.clip(np.round(left[row] / scale), -LARGEST, LARGEST)
        rounded[order[row]] = steps
        error = (left[row] - steps * scale) / upper[row, row]
        left[row + 1 :] -= np.outer(upper[row, row + 1 :], error)
    return rounded, scale


def _second_moments(
    model: onnx.ModelProto, names: Sequence[str], windows: Sequence[NDArray[np.int64]]
) -> dict[str, Floats]:
    """The sum over all tokens of x xᵀ of each named tensor."""
    moments: dict[str, Floats] = {}
    for name, value in observe(model, names, windows):
        found = (value.T @ value).astype(np.float64)
        moments[name] = moments[name] + found if name in moments else found
    return moments
