"""Whoever has to buy machines measures, and is told what the figures mean."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.capacity import growth, memory
from eval.capacity.__main__ import app
from eval.capacity.cost import BUSY, needs, per_million
from eval.errors import EvalError

TEXTS = 200


def test_a_rate_becomes_money_and_cores() -> None:
    # 50 texts a second are 180,000 an hour.
    assert per_million(50, 0.09) == pytest.approx(0.5)
    [small, large] = needs(50, 0.1, (10, 1_000))
    assert small[:2] == (10, 1)
    assert large.cores == 34 >= 1_000 / 50 / BUSY
    assert large.month == pytest.approx(34 * 0.1 * 730)
    said = CliRunner().invoke(app, ["cost", "--rate", "50", "--price", "0.09"]).stdout
    assert "a million texts: 0.50" in said
    assert "100,000 texts/s: cores 3,334" in said


def test_a_database_grows_by_what_it_keeps(
    tiny_artifact: Path, tmp_path: Path, bare_url: str
) -> None:
    grown = growth.measure(tiny_artifact, TEXTS, bare_url, tmp_path)
    assert grown.decisions == TEXTS
    sizes = {name: size / TEXTS for name, size in grown.bytes_by_table.items()}
    # A text of 60 characters and two hashes; seven probabilities by name; a chained event.
    assert 150 < sizes["content"] < 2_000
    assert 300 < sizes["decision"] < 3_000
    assert 200 < sizes["event"] < 3_000
    assert "decision " in grown.render()
    assert f"{grown.million / 1e9:.2f} GB for a million" in grown.render()
    with pytest.raises(EvalError, match="empty"):
        growth.measure(tiny_artifact, 1, bare_url, tmp_path)


def test_memory_is_shared_out_among_processes() -> None:
    own = memory.of_process(os.getpid())
    assert 0 < own.private <= own.share <= own.resident
    assert 0 < own.anonymous <= own.resident
    with pytest.raises(EvalError, match="Linux"):
        memory.of_process(2**30)
