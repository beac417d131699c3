"""The measurement of probing: its traffic, its sums, and an attacker that cannot start."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from eval.errors import EvalError
from eval.load.service import Service
from eval.probing import traffic
from eval.probing.run import Finding, Ordinary, Plan, _attack, render, to_json


def test_ordinary_traffic_is_the_same_for_the_same_seed() -> None:
    texts = traffic.harmless()
    assert len(texts) == len(set(texts)) > 1_000
    first = list(traffic.stream(texts, 2_000, seed=3))
    assert first == list(traffic.stream(texts, 2_000, seed=3))
    assert first != list(traffic.stream(texts, 2_000, seed=4))
    copies = sum(count for _, count in Counter(first).most_common(5))
    assert 0.05 < copies / len(first) < 0.25


def test_only_what_was_flagged_can_be_attacked() -> None:
    found = Finding.of(
        "as they are",
        [
            {"ended": "not flagged", "asked": 1, "noticed_at": None, "words_changed": 0.0},
            {"ended": "evaded", "asked": 11, "noticed_at": 7, "words_changed": 0.1},
            {"ended": "evaded", "asked": 21, "noticed_at": None, "words_changed": 0.3},
            {"ended": "refused", "asked": 7, "noticed_at": 7, "words_changed": 0.0},
            {"ended": "gave up", "asked": 40, "noticed_at": 9, "words_changed": 0.0},
        ],
    )
    assert (found.attacked, found.evaded, found.refused, found.noticed) == (4, 2, 1, 3)
    assert (found.asked, found.noticed_at) == ([11, 21], [7, 7, 9])
    ordinary = Ordinary(6_000, 33, 6)
    assert "33 of 6,000" in str(render([found], ordinary).title)
    assert to_json([found], ordinary)["attacks"][0]["evaded"] == 2


def test_an_attacker_without_its_library_is_told_what_to_install(tmp_path: Path) -> None:
    plan = Plan(model=tmp_path, attacker=Path(sys.executable), folder=tmp_path)
    with pytest.raises(EvalError, match="pip install textattack"):
        _attack(plan, Service(tmp_path, tmp_path, None), "key", ["a sentence"])
