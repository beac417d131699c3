"""The fuzzer starts, runs what it is told, and does not call a target held that never ran."""

import importlib.util
from pathlib import Path

import pytest

from tests.fuzz.engine import TARGETS, bytes_of, fuzz_each, load, text_of
from tests.fuzz.seeds import SEEDS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("atheris") is None, reason="ATHERIS IS NOT INSTALLED: no fuzzing"
    ),
]


def test_two_seconds_of_a_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz_each(["tag"], Path("none is needed"), 2, 5)
    assert "held" in capsys.readouterr().out


def test_a_target_that_cannot_run_is_not_held(capsys: pytest.CaptureFixture[str]) -> None:
    assert not fuzz_each(["windows"], Path("there is none"), 2, 5)
    assert "broken" in capsys.readouterr().out


def test_every_target_can_be_loaded(tiny_artifact: Path) -> None:
    for target in TARGETS.values():
        load(target, tiny_artifact)(b"hello")


def test_seeds_come_to_the_targets_as_they_are_written() -> None:
    for text in SEEDS:
        whole = text.encode("utf-8", "ignore").decode()
        assert text_of(bytes_of(whole)) == whole
