"""Float32 graph → the small integer graph that ships.

In: the fused graph of `training.export`, and windows of real text. Out: the same graph with
int8 weights, per output channel, in every matrix product of the encoder (activations are
quantised while it runs), and with 4-bit word embeddings in blocks of 32. The base's
embeddings were 4-bit blocks already and stay frozen, so packing them loses nothing.
Outliers of the activations go their own way (`training.outliers`), and the weights are
rounded to fit the text (`training.rounding`). Checking what the rest costs is left to
`training.parity`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantConfig,
    MatMulNBitsQuantizer,
)

from training import outliers
from training.rounding import round_weights

BLOCK = 32

#: Parts of node names that stay in float32. The head is a thousandth of the work, and its rounding
#: would go straight into the logits.
IN_FLOAT = ("/head", outliers.IN_FLOAT)


def quantise(source: Path, target: Path, windows: Sequence[NDArray[np.int64]]) -> None:
    """Write the quantised graph to `target`; `windows` of token ids show what inputs to expect."""
    split, part = target.with_suffix(".split.onnx"), target.with_suffix(".part.onnx")
    outliers.split_outliers(source, split, windows)
    quantise_products(split, part)
    model = onnx.load(str(part))
    round_weights(model, split, windows)
    onnx.save(model, str(part))
    pack_embeddings(part, target)
    split.unlink()
    part.unlink()


def quantise_products(source: Path, target: Path) -> None:
    """Integer products wherever the name does not say otherwise."""
    nodes = onnx.load(str(source)).graph.node
    named = [node.name for node in nodes if any(part in node.name for part in IN_FLOAT)]
    # The library writes a Gemm as a MatMul of this name before it looks at the names.
    in_float = [*named, *(f"{name}_MatMul" for name in named)]
    quantize_dynamic(
        source,
        target,
        nodes_to_exclude=in_float,
        op_types_to_quantize=["MatMul", "Attention"],
        per_channel=True,
        # Seven bits: without VNNI the u8 x s8 kernels add two products in 16 bits, which
        # eight-bit weights overflow. The same file then scores alike on every CPU.
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def pack_embeddings(source: Path, target: Path) -> None:
    """Replace the look-up of the word embeddings by one into 4-bit blocks."""
    model = onnx.load(str(source))
    words = _word_embedding_node(model)
    quantiser = MatMulNBitsQuantizer(
        model,
        algo_config=DefaultWeightOnlyQuantConfig(
            block_size=BLOCK,
            is_symmetric=True,
            bits=4,
            op_types_to_quantize=("Gather",),
            quant_axes=(("Gather", 1),),
        ),
        nodes_to_exclude=[
            node.name for node in model.graph.node if node.op_type == "Gather" and node != words
        ],
    )
    # A block of zeros (the padding token's) has scale 0; the library divides before it looks.
    with np.errstate(divide="ignore", invalid="ignore"):
        quantiser.process()
    onnx.save(quantiser.model.model, str(target))


def _word_embedding_node(model: onnx.ModelProto) -> onnx.NodeProto:
    """The look-up in the largest table."""
    sizes = {tensor.name: tensor.ByteSize() for tensor in model.graph.initializer}
    gathers = [node for node in model.graph.node if node.op_type == "Gather"]
    return max(gathers, key=lambda node: sizes.get(node.input[0], 0))
