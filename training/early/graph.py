"""One integer graph, parted after a layer: a small head there may spare the rest.

In: the graph of `training.quantise`, a layer, and a fitted `Head`. Out: the same graph with one
more input, `exit_below` (by default minus infinity), and one more output, `alarm`. Where the
head's alarm is below it, the logits are the head's, the tokens' parts are zeros, and the layers
above are not computed; otherwise all is as before. The head pools over all tokens, because
windows run alone and unpadded; replies, which have a second part, must not leave early.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from modsvc.engine.session import ALARM, EXIT_BELOW, LOGITS, TOKEN_LOGITS
from modsvc.labels import LABELS
from training.errors import TrainingError

#: What a head reads of a text.
TOKENS: Final = "early/tokens"

_POOLED: Final = "early/pooled"
_ANSWERS: Final = (LOGITS, TOKEN_LOGITS)

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Head:
    """The alarm, then all logits, of a text's tokens.

    `queries` [hidden, q] weigh the tokens by a softmax over them; their mean and the q weighted
    sums make `pooled`, and relu(pooled @ first + first_bias) @ second + second_bias the rest.
    """

    queries: Floats
    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats


def tokens_after(model: ModelProto, layer: int) -> ModelProto:
    """`model` with one more output, `TOKENS` [1, tokens, hidden], as they are after `layer`.

    Raises TrainingError when there is no such layer (1 is the lowest), or none above it.
    """
    end = _end_of(model.graph, layer)
    output = helper.make_tensor_value_info(TOKENS, TensorProto.FLOAT, [None, None, None])
    graph = helper.make_graph(
        [*model.graph.node, helper.make_node("Identity", [end], [TOKENS])],
        "tokens",
        model.graph.input,
        [*model.graph.output, output],
        model.graph.initializer,
    )
    return _model_of(graph, model)


def attach(model: ModelProto, layer: int, head: Head) -> ModelProto:
    """`model` with a way out after `layer`.

    Raises TrainingError when there is no such layer, or none above it.
    """
    hidden = _end_of(model.graph, layer)
    lower = _needed_for(model.graph, hidden)
    done = {output for node in lower for output in node.output}
    upper = [node for node in model.graph.node if not done.issuperset(node.output)]
    shared = _used_by(lower, model.graph.initializer)
    outside = {one.name for one in shared}
    own = [one for one in model.graph.initializer if one.name not in outside]
    # Names inside a branch must differ from those outside it.
    names = dict(zip(_ANSWERS, _named("full"), strict=True))
    rest = _branch("full", [_renamed(node, names) for node in upper], own)
    outputs = [*model.graph.output, helper.make_tensor_value_info(ALARM, TensorProto.FLOAT, [])]
    below = helper.make_tensor_value_info(EXIT_BELOW, TensorProto.FLOAT, [])
    graph = helper.make_graph(
        [*lower, *_pool(hidden), *_judge(), _choice(rest)],
        "early",
        [*model.graph.input, below],
        outputs,
        [*shared, *_constants(head)],
    )
    return _model_of(graph, model)


def _end_of(graph: GraphProto, layer: int) -> str:
    ends = [
        node.output[0]
        for node in graph.node
        if node.op_type == "LayerNormalization"
        and "/output/" in node.name
        and "/attention/" not in node.name
    ]
    if not 1 <= layer < len(ends):
        raise TrainingError(f"there is no way out after layer {layer} of {len(ends)}: choose less")
    return ends[layer - 1]


def _needed_for(graph: GraphProto, name: str) -> list[NodeProto]:
    """The nodes that compute `name`, in their order."""
    wanted, found = {name}, []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            found.append(node)
    return found[::-1]


def _used_by(nodes: Iterable[NodeProto], tensors: Iterable[TensorProto]) -> list[TensorProto]:
    names = {name for node in nodes for name in node.input}
    return [tensor for tensor in tensors if tensor.name in names]


def _renamed(node: NodeProto, names: Mapping[str, str]) -> NodeProto:
    copy = NodeProto()
    copy.CopyFrom(node)
    for place in (copy.input, copy.output):
        place[:] = [names.get(name, name) for name in place]
    return copy


def _pool(hidden: str) -> list[NodeProto]:
    node = helper.make_node
    return [
        node("MatMul", [hidden, "early/queries"], ["early/asked"]),
        node("Softmax", ["early/asked"], ["early/weights"], axis=1),
        node("Transpose", ["early/weights"], ["early/turned"], perm=[0, 2, 1]),
        node("MatMul", ["early/turned", hidden], ["early/attended"]),
        node("Flatten", ["early/attended"], ["early/flat"], axis=1),
        node("ReduceMean", [hidden, "early/axis"], ["early/mean"], keepdims=0),
        node("Concat", ["early/mean", "early/flat"], [_POOLED], axis=1),
    ]


def _judge() -> list[NodeProto]:
    """The pooled vector → the alarm, the head's logits, and whether to leave with them."""
    node = helper.make_node
    return [
        node("Gemm", [_POOLED, "early/first", "early/first_bias"], ["early/inner"]),
        node("Relu", ["early/inner"], ["early/active"]),
        node("Gemm", ["early/active", "early/second", "early/second_bias"], ["early/all"]),
        node("Split", ["early/all", "early/parts"], ["early/alarms", "early/said"], axis=1),
        node("ReduceMax", ["early/alarms"], [ALARM], keepdims=0),
        node("Less", [ALARM, EXIT_BELOW], ["early/leaves"]),
    ]


def _choice(rest: GraphProto) -> NodeProto:
    logits, parts = _named("spared")
    width = numpy_helper.from_array(np.array([len(LABELS)], np.int64))
    node = helper.make_node
    nodes = [
        node("Identity", ["early/said"], [logits]),
        node("Shape", ["input_ids"], ["spared/tokens"]),
        node("Constant", [], ["spared/width"], value=width),
        node("Concat", ["spared/tokens", "spared/width"], ["spared/shape"], axis=0),
        node("ConstantOfShape", ["spared/shape"], [parts]),
    ]
    spared = _branch("spared", nodes, [])
    return node("If", ["early/leaves"], list(_ANSWERS), then_branch=spared, else_branch=rest)


def _branch(name: str, nodes: list[NodeProto], tensors: list[TensorProto]) -> GraphProto:
    logits, parts = _named(name)
    width = len(LABELS)
    outputs = [
        helper.make_tensor_value_info(logits, TensorProto.FLOAT, ["batch", width]),
        helper.make_tensor_value_info(parts, TensorProto.FLOAT, ["batch", "tokens", width]),
    ]
    return helper.make_graph(nodes, name, [], outputs, tensors)


def _named(branch: str) -> tuple[str, str]:
    return f"{branch}/{LOGITS}", f"{branch}/{TOKEN_LOGITS}"


def _constants(head: Head) -> list[TensorProto]:
    values: dict[str, NDArray[Any]] = {
        "early/queries": head.queries,
        "early/axis": np.array([1], np.int64),
        "early/first": head.first,
        "early/first_bias": head.first_bias,
        "early/second": head.second,
        "early/second_bias": head.second_bias,
        "early/parts": np.array([1, len(LABELS)], np.int64),
        # An input with a value of its own need not be fed.
        EXIT_BELOW: np.array(-np.inf, np.float32),
    }
    return [numpy_helper.from_array(value, name) for name, value in values.items()]


def _model_of(graph: GraphProto, model: ModelProto) -> ModelProto:
    made = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    onnx.checker.check_model(made)
    return made
