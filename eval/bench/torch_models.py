"""What one would use instead: the same model in PyTorch fp32, and an XLM-R-base-sized one.

In: the training run's folder (`config.json`, `classifier.pt`) or nothing, and the
artefact's tokeniser. Out: folders that `transformers` and infinity can serve, and
text-classification pipelines over them. Without a training run the weights are random:
the cost is the same, the answers are not.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from tokenizers import Tokenizer
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    TextClassificationPipeline,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)
from transformers.utils import logging as transformers_logging

from eval.bench.lengths import MAX_TOKENS
from eval.bench.measure import Judge
from modsvc.labels import LABELS

XLMR_VOCABULARY: Final = 250_002
OUTPUTS: Final[dict[str, Any]] = {
    "num_labels": len(LABELS),
    "problem_type": "multi_label_classification",
}
SPECIALS: Final = {
    "pad_token": "<pad>",
    "bos_token": "<s>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "cls_token": "<s>",
    "sep_token": "</s>",
}


def save_same_model(folder: Path, tokenizer_file: Path, torch_dir: Path | None) -> Path:
    """Write the model that was exported, before export, in a folder others can serve.

    `BertForSequenceClassification` pools the first token where ours averages, so the
    head's answers differ; the encoder and its cost are the same.
    """
    transformers_logging.disable_progress_bar()
    if folder.exists():
        shutil.rmtree(folder)
    model = BertForSequenceClassification(_config(tokenizer_file, torch_dir))
    if torch_dir is not None:
        state = torch.load(torch_dir / "classifier.pt", weights_only=True)
        encoder = {
            name.removeprefix("encoder."): tensor
            for name, tensor in state.items()
            if name.startswith("encoder.")
        }
        left_out = model.bert.load_state_dict(encoder, strict=False)
        if left_out.unexpected_keys:
            raise ValueError(f"{torch_dir} holds another encoder than BertModel")
    model.save_pretrained(folder)
    shutil.copyfile(tokenizer_file, folder / "tokenizer.json")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_TOKENS,
        **SPECIALS,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    return folder


def same_model(folder: Path) -> PreTrainedModel:
    """The model written by `save_same_model`."""
    model: PreTrainedModel = BertForSequenceClassification.from_pretrained(folder)
    return model.eval()


def xlmr_base_model() -> PreTrainedModel:
    """A classifier of the size of XLM-R base (12 layers of 768), random weights."""
    config = XLMRobertaConfig(
        vocab_size=XLMR_VOCABULARY, max_position_embeddings=514, type_vocab_size=1, **OUTPUTS
    )
    return XLMRobertaForSequenceClassification(config).eval()


def pipeline_judge(model: PreTrainedModel, tokenizer_file: Path, batch: int) -> Judge:
    """`pipeline("text-classification")` over `model`, answering with all labels."""
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer_file), model_max_length=MAX_TOKENS, **SPECIALS
    )
    pipe = TextClassificationPipeline(model=model, tokenizer=tokenizer, device=-1)

    def judge(texts: Sequence[str]) -> Any:
        return pipe(
            list(texts), top_k=None, batch_size=batch, truncation=True, max_length=MAX_TOKENS
        )

    return judge


def _config(tokenizer_file: Path, torch_dir: Path | None) -> BertConfig:
    if torch_dir is not None:
        return BertConfig.from_pretrained(torch_dir, **OUTPUTS)
    return BertConfig(
        vocab_size=Tokenizer.from_file(str(tokenizer_file)).get_vocab_size(),
        hidden_size=384,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=1536,
        max_position_embeddings=512,
        pad_token_id=1,
        **OUTPUTS,
    )
