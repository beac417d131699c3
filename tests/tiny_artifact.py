"""A model folder small enough to build in every test run, honest enough to test with.

What goes in: an empty folder. What comes out: a complete artefact (model.onnx,
tokenizer.json, calibration.json, manifest.json, CARD.md) of a few kilobytes whose
logits can be foretold: a text has a label when it contains that label's word from
`TRIGGERS`, wherever it stands, and hardly otherwise. Its activations are quantised per
tensor, like those of a dynamically quantised encoder, so that a session which pads texts
of different lengths into one tensor changes their logits, and a test can notice.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from modsvc.engine.normalise import NORMALISER_VERSION
from modsvc.labels import CATEGORIES, LABELS, MISOGYNY, TOXIC_OTHER

#: One invented word per label; a category's word also makes the text misogynous.
TRIGGERS: Mapping[str, str] = {
    MISOGYNY: "hateword",
    **{category: f"{category.replace('_', '')}word" for category in CATEGORIES},
    TOXIC_OTHER: "rudeword",
}

MODEL_VERSION = "tiny-1"
MAX_TOKENS = 32

#: How English texts score; the other languages have no such reference.
SCORE_HISTOGRAM = [0.8, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1]

BIAS = -4.0
STRENGTH = 8.0

_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz0123456789.,!?'@#-",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áéíñóúüıöçşğ",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі",
    "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
)

_SUPPORTED = ("en", "es", "ru", "uz", "ka")
_UNSUPPORTED = ("kk",)


def build_tiny_artifact(folder: Path) -> Path:
    """Write the whole artefact into `folder` (made when missing) and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    table = _embeddings(tokenizer)
    onnx.save(_graph(table), str(folder / "model.onnx"))
    write_json(folder / "calibration.json", _calibration())
    (folder / "CARD.md").write_text("# A tiny model for tests\n", encoding="utf-8")
    write_json(folder / "manifest.json", _manifest(folder, tokenizer, table))
    return folder


def reseal(folder: Path, **changes: Any) -> None:
    """Write the true hashes of the folder's files, and `changes`, into its manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, {**manifest, "files": _files(folder), **changes})


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write `value` as readable UTF-8 JSON."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def expected_logits(folder: Path, text: str) -> NDArray[np.float32]:
    """The logits of one short, already normalised text, computed without onnxruntime.

    Shape [8]; exact up to the quantisation step of the graph (about 0.07).
    """
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return _logits(_embeddings(tokenizer), tokenizer.encode(text).ids)


def _tokenizer() -> Tokenizer:
    singles = dict.fromkeys("".join(_ALPHABETS))
    pieces: list[tuple[str, float]] = [(name, 0.0) for name in _SPECIALS]
    pieces += [("▁", -4.0), *((single, -8.0) for single in singles)]
    pieces += [(f"▁{word}", -1.0) for word in (*TRIGGERS.values(), "hello", "women", "a", "the")]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(list(_SPECIALS))
    return tokenizer


def _embeddings(tokenizer: Tokenizer) -> NDArray[np.float32]:
    size = tokenizer.get_vocab_size()
    table = np.random.default_rng(7).uniform(-0.5, 0.5, (size, len(LABELS))).astype(np.float32)
    for label, word in TRIGGERS.items():
        token = tokenizer.token_to_id(f"▁{word}")
        table[token, LABELS.index(label)] = STRENGTH
        if label in CATEGORIES:
            table[token, LABELS.index(MISOGYNY)] = STRENGTH
    return table


def _logits(table: NDArray[np.float32], ids: list[int]) -> NDArray[np.float32]:
    rows = table[ids]
    logits: NDArray[np.float32] = rows.mean(axis=0) + rows.max(axis=0) + np.float32(BIAS)
    return logits


def _graph(table: NDArray[np.float32]) -> onnx.ModelProto:
    node = helper.make_node
    constants = {
        "table": table,
        "one": np.float32(1),
        "far": np.float32(1e4),
        "last": np.array([2], np.int64),
        "tokens": np.array([1], np.int64),
        "identity": np.eye(len(LABELS), dtype=np.float32),
        "bias": np.full(len(LABELS), BIAS, np.float32),
    }
    nodes = [
        node("Gather", ["table", "input_ids"], ["embedded"]),
        node("DynamicQuantizeLinear", ["embedded"], ["q", "q_scale", "q_zero"]),
        node("DequantizeLinear", ["q", "q_scale", "q_zero"], ["hidden"]),
        node("Cast", ["attention_mask"], ["mask2"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["mask2", "last"], ["mask"]),
        node("Mul", ["hidden", "mask"], ["kept"]),
        node("ReduceSum", ["kept", "tokens"], ["total"], keepdims=0),
        node("ReduceSum", ["mask", "tokens"], ["length"], keepdims=0),
        node("Div", ["total", "length"], ["mean"]),
        node("Sub", ["mask", "one"], ["absent"]),
        node("Mul", ["absent", "far"], ["away"]),
        node("Add", ["hidden", "away"], ["present"]),
        node("ReduceMax", ["present"], ["peak"], axes=[1], keepdims=0),
        node("Add", ["mean", "peak"], ["pooled"]),
        node("Gemm", ["pooled", "identity", "bias"], ["logits"]),
        node("Identity", ["hidden"], ["token_logits"]),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens_"])
        for name in ("input_ids", "attention_mask")
    ]
    width = len(LABELS)
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", width]),
        helper.make_tensor_value_info(
            "token_logits", TensorProto.FLOAT, ["batch", "tokens_", width]
        ),
    ]
    initializers = [
        numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, initializers)
    opsets = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model)
    return model


def _calibration() -> dict[str, Any]:
    def platt(scale: float, shift: float) -> dict[str, float | int]:
        return {"scale": scale, "shift": shift, "support": 400, "positives": 100}

    outputs: dict[str, Any] = {
        label: {"pooled": platt(1.0, 0.0), "by_language": {}} for label in LABELS
    }
    outputs[MISOGYNY]["by_language"] = {"es": platt(0.5, 0.25)}
    pooled = {"review": 0.5, "withhold": 0.9}
    return {
        "schema_version": 1,
        "outputs": outputs,
        "operating_points": {
            MISOGYNY: {"pooled": pooled, "by_language": {"es": {"review": 0.6, "withhold": None}}},
            "threats": {"pooled": pooled, "by_language": {}},
        },
    }


def _manifest(folder: Path, tokenizer: Tokenizer, table: NDArray[np.float32]) -> dict[str, Any]:
    def language(supported: bool, calibration: str) -> dict[str, Any]:
        counts = {"train": 1000, "positives": 300, "dev": 400, "dev_positives": 100}
        return {**counts, "supported": supported, "calibration": calibration}

    canaries = ("hello women", f"hello {TRIGGERS[MISOGYNY]}")
    return {
        "schema_version": 1,
        "model_version": MODEL_VERSION,
        "created": "2026-01-01T00:00:00+00:00",
        "modsvc_version": "0.1.0",
        "tier": "open",
        "labels": list(LABELS),
        "max_tokens": MAX_TOKENS,
        "normaliser": NORMALISER_VERSION,
        "files": _files(folder),
        "languages": {
            **{code: language(True, "own" if code == "es" else "pooled") for code in _SUPPORTED},
            "en": {**language(True, "pooled"), "score_histogram": SCORE_HISTOGRAM},
            **{code: language(False, "pooled") for code in _UNSUPPORTED},
        },
        "canary": [
            {"text": text, "language": "en", "probability": _canary(table, tokenizer, text)}
            for text in canaries
        ],
        "corpus_sha256": "0" * 64,
        "recipe": {"name": "tiny"},
        "base": {"name": "none"},
        "git_commit": "unknown",
        "versions": {"onnx": onnx.__version__},
        "metrics": {},
    }


def _canary(table: NDArray[np.float32], tokenizer: Tokenizer, text: str) -> float:
    logit = _logits(table, tokenizer.encode(text).ids)[LABELS.index(MISOGYNY)]
    return float(1 / (1 + np.exp(-logit)))


def _files(folder: Path) -> dict[str, dict[str, str | int]]:
    names = ("model.onnx", "tokenizer.json", "calibration.json", "CARD.md")
    contents = {name: (folder / name).read_bytes() for name in names}
    return {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in contents.items()
    }
