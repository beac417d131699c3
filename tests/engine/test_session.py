"""A window's logits do not depend on its company, its place or the number of threads."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modsvc.engine.session import Session, longest_first
from modsvc.errors import ArtifactError

windows = st.lists(
    st.lists(st.integers(3, 170), min_size=1, max_size=30).map(np.array), min_size=1, max_size=12
)


@pytest.fixture(scope="module")
def sessions(tiny_artifact: Path) -> Sequence[Session]:
    return [Session(tiny_artifact / "model.onnx", threads=threads) for threads in (1, 2, 4)]


@settings(max_examples=50)
@given(windows)
def test_alone_in_company_and_on_any_number_of_threads(
    sessions: Sequence[Session], windows: list[np.ndarray]
) -> None:
    alone = np.vstack([sessions[0].logits([one]) for one in windows])

    for session in sessions:
        np.testing.assert_allclose(session.logits(windows), alone, atol=1e-6)
        np.testing.assert_allclose(session.logits(windows[::-1]), alone[::-1], atol=1e-6)


def test_the_longest_run_first() -> None:
    assert longest_first([3, 9, 5]) == [1, 2, 0]


def test_no_windows_give_no_logits(sessions: Sequence[Session]) -> None:
    assert sessions[1].logits([]).shape == (0, 8)


@pytest.mark.parametrize("place", [0, 3])
def test_a_window_the_model_cannot_take_fails_the_call_not_the_session(
    sessions: Sequence[Session], place: int
) -> None:
    good = np.array([0, 170, 2])
    unknown = np.array([0, 10**6, 2])
    call = [good] * 4
    call[place] = unknown

    with pytest.raises(Exception, match="indices element out of data bounds"):
        sessions[1].logits(call)
    assert sessions[1].logits([good]).shape == (1, 8)


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a model")

    with pytest.raises(ArtifactError, match=r"model\.onnx cannot be loaded"):
        Session(tmp_path / "model.onnx", threads=1)
