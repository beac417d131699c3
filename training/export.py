"""Classifier → one fused float32 ONNX graph.

In: a trained `Classifier`. Out: a graph with inputs `input_ids` and
`attention_mask` (int64 [batch, tokens]) and outputs `logits` (float32 [batch, 8]) and
`token_logits` (float32 [batch, tokens, 8]), each token's part in them.
Fusing is onnxruntime's transformer optimiser (attention, bias + GELU, layer norm).
Two of its fusions are left out: the embedding sum, so that `training.quantise` can
pack the word embeddings, and skip + layer norm, whose float32 kernel on CPUs takes
four times as long as an addition and a layer norm (see `modsvc.engine.session`).
Integer arithmetic is left to `training.quantise`.
"""

import warnings
from pathlib import Path

import torch
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from torch import Tensor, nn

from training.errors import TrainingError
from training.model import Classifier

OPSET = 17
INPUTS = ["input_ids", "attention_mask"]
OUTPUTS = ["logits", "token_logits"]


class _Positional(nn.Module):
    """The exporter passes inputs by position; the encoder must see them by name."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        return self.model.forward_with_tokens(input_ids, attention_mask)


def export(model: Classifier, path: Path) -> None:
    """Write the fused graph to `path`.

    Raises:
        TrainingError: a fusion did not happen, and the graph would be slow.
    """
    model = model.eval()
    # The optimiser knows attention as it looks when written out, not as one fused call.
    model.encoder.set_attn_implementation("eager")
    ids = torch.randint(5, 50, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    raw = path.with_suffix(".raw.onnx")
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        # The TorchScript exporter is deprecated, but the graph of its successor has no
        # pattern that the optimiser's attention fusion recognises (onnxruntime 1.31).
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Positional(model),
            (ids, mask),
            str(raw),
            input_names=INPUTS,
            output_names=OUTPUTS,
            dynamic_axes={**dict.fromkeys((*INPUTS, OUTPUTS[1]), axes), OUTPUTS[0]: {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
    fuse(raw, path, model)
    raw.unlink()


def fuse(raw: Path, path: Path, model: Classifier) -> None:
    """Run onnxruntime's transformer optimiser and check that every layer was fused."""
    config = model.encoder.config
    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False
    options.enable_skip_layer_norm = False
    fused = optimizer.optimize_model(
        str(raw),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        optimization_options=options,
        opt_level=0,
    )
    found = fused.get_fused_operator_statistics()
    layers = config.num_hidden_layers
    wanted = {"Attention": layers, "BiasGelu": layers, "LayerNormalization": 2 * layers + 1}
    if missing := {name: found[name] for name, n in wanted.items() if found[name] < n}:
        raise TrainingError(
            f"the graph was not fused (found {missing}, wanted {wanted}): use the onnxruntime and "
            "transformers versions of pyproject.toml"
        )
    fused.save_model_to_file(str(path))
