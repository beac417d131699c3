"""Token ids → logits, on plain CPUs.

In: windows of token ids, the artefact's model.onnx and, where that has a way out after its
lower layers, how sure these must be to answer alone. Out: one row of eight logits for each
window, the same whatever else is in the call: a dynamically quantised layer may take one scale
for its whole input tensor, so that a neighbour, or padding, would change a window's logits, and
each window runs alone. How they are spread over threads is decided here and seen nowhere else.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from modsvc.errors import ArtifactError
from modsvc.labels import LABELS

#: onnxruntime would fuse each residual addition with the layer norm after it; the fused float32
#: kernel takes 98 µs for 36 tokens of 384, the two single ones 23 µs (onnxruntime 1.31, AVX2).
_SLOW_FUSION: Final = "SkipLayerNormFusion"
#: What the network answers: logits [batch, 8], and each token's part in them.
LOGITS: Final = "logits"
TOKEN_LOGITS: Final = "token_logits"
#: The network's optional way out: below this input the lower layers' alarm answers alone.
EXIT_BELOW: Final = "exit_below"
ALARM: Final = "alarm"
_INPUTS: Final = {"input_ids", "attention_mask"}
_OUTPUTS: Final = {LOGITS, TOKEN_LOGITS}
#: With these onnxruntime writes a network's weights to a file of their own, both as they are and
#: as its kernels pack them, for tensors of so many bytes or more; it maps that file later.
_WEIGHTS_ASIDE: Final = {
    "session.optimized_model_external_initializers_file_name": "weights.bin",
    "session.optimized_model_external_initializers_min_size_in_bytes": "1024",
    "session.save_external_prepacked_constant_initializers": "1",
}
#: A bound that no alarm is below.
NEVER: Final = float("-inf")

Floats = NDArray[np.float32]


def longest_first(lengths: Sequence[int]) -> list[int]:
    """The places of windows in the order in which they are begun, for balance."""
    return sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)


class Answers(NamedTuple):
    """Of n windows `logits` [n, 8], and the lower layers' `alarms` [n].

    Without a way out all alarms are infinite.
    """

    logits: Floats
    alarms: Floats


class Session:
    """The network. Safe to share between threads."""

    def __init__(self, path: Path, *, threads: int) -> None:
        """Load the network; each call spreads its windows over `threads` threads.

        Raises:
            ArtifactError: onnxruntime cannot load the file, or it has other inputs or outputs.
        """
        self._session = _open(path)
        defaults = {one.name for one in self._session.get_overridable_initializers()}
        self._has_exit = EXIT_BELOW in defaults
        self._helpers = threads - 1
        # The calling thread works too, so that one window needs no hand-over at all.
        self._pool = ThreadPoolExecutor(max(self._helpers, 1), thread_name_prefix="session")

    def logits(self, token_ids: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Logits [n, 8] of `n` windows of any lengths, in their order, by all layers."""
        return self.answers(token_ids, [NEVER] * len(token_ids)).logits

    def answers(
        self, token_ids: Sequence[NDArray[np.int64]], exit_below: Sequence[float] | Floats
    ) -> Answers:
        """Like `logits`, but a window whose alarm is below its bound goes no further.

        The bounds are on the alarm's own scale; minus infinity keeps a window in. A network
        without a way out computes all of every window.
        """
        count = len(token_ids)
        out = Answers(
            np.empty((count, len(LABELS)), np.float32), np.full(count, np.inf, np.float32)
        )
        # `next` on a list iterator is atomic: whichever thread is free takes the next window.
        todo = iter(longest_first([len(ids) for ids in token_ids]))
        helpers = [
            self._pool.submit(self._work, todo, token_ids, exit_below, out)
            for _ in range(min(self._helpers, count - 1))
        ]
        try:
            self._work(todo, token_ids, exit_below, out)
        finally:
            # A helper that another call keeps from starting is no longer needed.
            begun = [helper for helper in helpers if not helper.cancel()]
            failures = [error for helper in begun if (error := helper.exception())]
        if failures:
            raise failures[0]
        return out

    def explain(
        self, token_ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits [8] of one window, and each token's part in them, [tokens, 8]."""
        logits, parts = self._session.run([LOGITS, TOKEN_LOGITS], _feeds(token_ids))
        return logits[0], parts[0]

    def _work(
        self,
        todo: Iterator[int],
        token_ids: Sequence[NDArray[np.int64]],
        exit_below: Sequence[float] | Floats,
        out: Answers,
    ) -> None:
        for place in todo:
            feeds = _feeds(token_ids[place])
            if not self._has_exit:
                out.logits[place] = self._session.run([LOGITS], feeds)[0][0]
                continue
            feeds[EXIT_BELOW] = np.array(exit_below[place], np.float32)
            logits, alarm = self._session.run([LOGITS, ALARM], feeds)
            out.logits[place], out.alarms[place] = logits[0], alarm.item()


def _feeds(window: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """The network's inputs for one window."""
    ids = window[np.newaxis]
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def open_network(network: str | bytes, *, save_as: Path | None = None) -> ort.InferenceSession:
    """A network, by its path or serialised, with the options that it is served with.

    What was made of it for this processor is left as `save_as`, its weights in a file beside it.
    """
    options = ort.SessionOptions()
    if save_as is not None:
        options.optimized_model_filepath = str(save_as)
        for name, value in _WEIGHTS_ASIDE.items():
            options.add_session_config_entry(name, value)
    # One thread inside a run: it executes in the thread that calls it, and `Session` spreads
    # whole windows instead, which short texts gain more from.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(
        network,
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=[_SLOW_FUSION],
    )


def _open(path: Path) -> ort.InferenceSession:
    try:
        session = open_network(str(path))
    # onnxruntime's exceptions share no base class below Exception.
    except Exception as error:
        raise ArtifactError(
            f"{path} cannot be loaded by onnxruntime {ort.__version__} "
            f"({type(error).__name__}): upgrade onnxruntime or pack the model again"
        ) from error
    inputs = {one.name for one in session.get_inputs()}
    outputs = {one.name: one.shape for one in session.get_outputs()}
    widths = {name: outputs.get(name, [None])[-1] for name in _OUTPUTS}
    if inputs != _INPUTS or set(widths.values()) != {len(LABELS)}:
        raise ArtifactError(
            f"{path} takes {sorted(inputs)} and gives {outputs}, expected {sorted(_INPUTS)} and "
            f"{sorted(_OUTPUTS)} of width {len(LABELS)}: pack the model again"
        )
    return session
