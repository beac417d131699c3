"""Disguised cases: what is lost is counted, and against the same cases as written."""

from pathlib import Path

import pytest

from eval.functional.evasions import EVASIONS
from eval.functional.robustness import Effect, render, run_evasions, to_json
from eval.functional.run import run_suites
from eval.functional.suite import Case, Suite
from modsvc.engine.engine import Engine
from tests.tiny_artifact import TRIGGERS

SUITE = Suite(
    "en",
    "project",
    False,
    (
        Case("en-1", "derogation", TRIGGERS["misogyny"] * 3, "flag", "derogation", "for the test"),
        Case("en-2", "neutral_mention", "hello women", "allow", None, "for the test"),
    ),
)


def test_what_the_tiny_model_loses_in_disguise_is_counted(tiny_artifact: Path) -> None:
    engine = Engine.load(tiny_artifact, threads=1)
    outcomes = run_suites(engine, [SUITE])
    effects = run_evasions(engine, [SUITE], outcomes)
    assert set(effects) == set(EVASIONS)
    # The normaliser takes invisible spaces out, so nothing can be lost to them.
    assert effects["zero_width"]["en"].recall_lost == 0
    assert effects["zero_width"]["en"].abuse == 1
    # Nothing to transliterate in Latin letters.
    assert effects["other_script"]["en"] == Effect()
    assert run_evasions(engine, [SUITE], outcomes) == effects
    assert to_json(effects)["leet"]["en"]["abuse"] == 1
    assert render(effects).row_count == 1 + 1


def test_losses_are_net_and_relative_to_the_cases_there_are() -> None:
    one = Effect(abuse=10, found=9, found_disguised=6, harmless=4, false_alarms=1)
    two = Effect(abuse=10, found=9, found_disguised=9, harmless=4, false_alarms_disguised=3)
    total = one + two
    assert one.recall_lost == pytest.approx(0.3)
    assert total.recall_lost == pytest.approx(0.15)
    assert total.alarms_gained == pytest.approx(0.25)
