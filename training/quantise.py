"""Float32 graph → the small integer graph that ships.

In: the fused graph of `training.export`. Out: the same graph with int8 weights,
per output channel, in every matrix product of the encoder (activations are
quantised while it runs), and with 4-bit word embeddings in blocks of 32. The base's
embeddings were 4-bit blocks already and stay frozen, so packing them loses nothing.
Checking what the rest cost is left to `training.parity`.
"""

from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantConfig,
    MatMulNBitsQuantizer,
)

BLOCK = 32

#: Parts of node names that stay in float32. The head is a thousandth of the work, and its rounding
#: would go straight into the logits. The first three down-projections read activations with a few
#: very large values, which leave the others little of the 8 bits: with these in float32 the 99th
#: percentile of the difference in probability to torch fell from 0.047 to 0.025 on 1,000 dev texts
#: (all twelve in float32: 0.027; the last three: 0.047).
IN_FLOAT = ("/head", *(f"/layer.{layer}/output/dense/" for layer in range(3)))


def quantise(source: Path, target: Path) -> None:
    """Write the quantised graph to `target`."""
    part = target.with_suffix(".part.onnx")
    nodes = onnx.load(str(source)).graph.node
    named = [node.name for node in nodes if any(part in node.name for part in IN_FLOAT)]
    # The library writes a Gemm as a MatMul of this name before it looks at the names.
    in_float = [*named, *(f"{name}_MatMul" for name in named)]
    quantize_dynamic(
        source,
        part,
        nodes_to_exclude=in_float,
        op_types_to_quantize=["MatMul", "Attention"],
        per_channel=True,
        # Seven bits: without VNNI the u8 x s8 kernels add two products in 16 bits, which
        # eight-bit weights overflow. The same file then scores alike on every CPU.
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    pack_embeddings(part, target)
    part.unlink()


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
