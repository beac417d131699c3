"""The machine's 8-bit matrix multiplication peak, and how much of it a throughput uses.

In: a number of threads. Out: multiply-accumulates a second of the best of a few
`MatMulInteger` models in ONNX Runtime, and the share of it that judging texts reached.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from eval.bench.texts import BenchText

#: (M, K, N): what a batch of short texts asks for, and a size that flatters the machine.
SHAPES: Final = ((256, 384, 1536), (256, 1536, 384), (1024, 1024, 1024))
#: Products between two looks at the clock.
SLICE: Final = 10
LAYERS: Final = 12
HIDDEN: Final = 384
INTERMEDIATE: Final = 1536
#: Query, key, value and output projections, and the two feed-forward matrices.
MACS_PER_TOKEN: Final = LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INTERMEDIATE)


def macs(texts: Sequence[BenchText]) -> float:
    """Mean multiply-accumulates of the encoder per text, attention included, padding not."""
    attention = 2 * LAYERS * HIDDEN
    total = sum(MACS_PER_TOKEN * one.tokens + attention * one.tokens**2 for one in texts)
    return total / len(texts)


def matmul_integer_peak(threads: int, seconds: float = 1.5) -> float:
    """Multiply-accumulates a second of the best shape and way of using `threads`.

    The threads share one product, or each computes its own; every combination of that and
    a shape is measured for `seconds`.
    """
    return max(
        _measure(shape, inside, threads // inside, seconds)
        for shape in SHAPES
        for inside in sorted({1, threads})
    )


def _measure(shape: tuple[int, int, int], inside: int, beside: int, seconds: float) -> float:
    """Rate of `beside` callers at once, each on a session of `inside` threads."""
    rows, inner, columns = shape
    options = ort.SessionOptions()
    options.intra_op_num_threads = inside
    sessions = [
        ort.InferenceSession(_model(inner, columns), options, providers=["CPUExecutionProvider"])
        for _ in range(beside)
    ]
    left = np.random.default_rng(0).integers(0, 255, (rows, inner), dtype=np.uint8)
    with ThreadPoolExecutor(beside) as pool:
        for session in sessions:
            session.run(None, {"left": left})
        until = time.perf_counter() + seconds
        rates = pool.map(lambda session: _rate(session, left, until), sessions)
        return rows * inner * columns * sum(rates)


def _rate(session: ort.InferenceSession, left: NDArray[np.uint8], until: float) -> float:
    """Products a second in the best slice before `until`: a peak, whatever else runs."""
    best = 0.0
    while (began := time.perf_counter()) < until or not best:
        for _ in range(SLICE):
            session.run(None, {"left": left})
        best = max(best, SLICE / (time.perf_counter() - began))
    return best


def _model(inner: int, columns: int) -> bytes:
    """One `MatMulInteger` with constant signed weights, as a dynamically quantised layer has."""
    weights = np.random.default_rng(1).integers(-127, 127, (inner, columns), dtype=np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["left", "right", "left_zero"], ["product"])],
        "peak",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, ["rows", inner])],
        [helper.make_tensor_value_info("product", TensorProto.INT32, ["rows", columns])],
        [
            numpy_helper.from_array(weights, "right"),
            numpy_helper.from_array(np.array(128, dtype=np.uint8), "left_zero"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    serialised: bytes = model.SerializeToString()
    onnx.checker.check_model(serialised)
    return serialised
