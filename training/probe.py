"""What flows through a float32 graph when it reads real text.

In: a graph, names of inner tensors, windows of token ids. Out: the tensors' values, window
by window. What they are good for is left to `training.outliers` and `training.rounding`.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import helper


def observe(
    model: onnx.ModelProto, names: Sequence[str], windows: Sequence[NDArray[np.int64]]
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """(name, values [tokens, channels]) for every window and name; `model` stays as it is."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    known = {output.name for output in probe.graph.output}
    probe.graph.output.extend(
        helper.make_empty_tensor_value_info(name) for name in names if name not in known
    )
    session = ort.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    for ids in windows:
        feeds = {"input_ids": ids[None], "attention_mask": np.ones_like(ids)[None]}
        for name, value in zip(names, session.run(list(names), feeds), strict=True):
            yield name, value[0]
