"""Functional suites: well formed, large enough, and judged by the policy's thresholds."""

from pathlib import Path

import pytest
import yaml
from rich.table import Table

from eval.errors import EvalError
from eval.functional.run import accuracy, render, run_suites, to_json
from eval.functional.suite import (
    FUNCTIONALITIES,
    Case,
    Suite,
    load_suite,
    load_suites,
)
from modsvc.engine.engine import Engine
from modsvc.policy import decide
from modsvc.types import Content
from tests.policy.strategies import load_policy
from tests.tiny_artifact import TRIGGERS


def case(number: int, text: str, functionality: str, category: str | None) -> Case:
    expected = "allow" if category is None else "flag"
    return Case(f"en-{number}", functionality, text, expected, category, "made for the test")


#: The languages that the project exists for, and English.
FIRST = {"ru", "uz", "kk", "ky", "tg", "tk", "az", "hy", "ka", "es", "en"}

SUITE = Suite(
    "en",
    "project",
    False,
    (
        case(1, f"hello {TRIGGERS['misogyny']}", "derogation", "derogation"),
        case(2, "hello the women", "derogation", "derogation"),
        case(3, "hello women", "neutral_mention", None),
        case(4, f"hello {TRIGGERS['threats']}", "news_report", None),
    ),
)


@pytest.mark.parametrize("suite", load_suites(), ids=lambda suite: suite.language)
def test_every_language_has_enough_cases_over_all_functionalities(suite: Suite) -> None:
    assert len(suite.cases) >= (80 if suite.language in FIRST else 40)
    assert {case.functionality for case in suite.cases} == set(FUNCTIONALITIES)
    assert suite.author == "project"
    assert not suite.verified_by_native


def test_there_are_suites_for_two_dozen_languages() -> None:
    languages = {suite.language for suite in load_suites()}
    assert languages >= FIRST
    assert len(languages) >= 24


def test_suites_are_not_translations_of_one_list() -> None:
    shared = [{c.text.lower() for c in suite.cases} for suite in load_suites()]
    assert not set.intersection(*shared)


def test_a_case_is_right_when_flagging_and_expectation_agree(tiny_artifact: Path) -> None:
    outcomes = run_suites(Engine.load(tiny_artifact, threads=1), [SUITE])
    assert [outcome.correct for outcome in outcomes] == [True, False, True, False]
    assert accuracy(outcomes)["derogation"] == {"en": (1, 2)}
    document = to_json(outcomes, [SUITE], {"es"})
    assert [wrong["id"] for wrong in document["wrong"]] == ["en-2", "en-4"]
    assert not [c for c in SUITE.cases if c.text in str(document)]
    (table,) = render(outcomes).renderables
    assert isinstance(table, Table)
    assert table.row_count == 3 + 2


def test_flagging_is_what_the_packaged_policy_decides(tiny_artifact: Path) -> None:
    engine = Engine.load(tiny_artifact, threads=1)
    policy = load_policy(None, engine.artifact.calibration.operating_points)
    for outcome in run_suites(engine, [SUITE]):
        (score,) = engine.score([Content(outcome.case.text, language="en")])
        assert outcome.flagged == decide(score, policy).flagged


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"functionality": "sarcasm"}, "unknown functionality"),
        ({"expected": "allow"}, "expected to be flag"),
        ({"category": "rudeness"}, "category of the taxonomy"),
        ({"note": "x"}, "keys must be"),
    ],
)
def test_a_malformed_case_is_refused_by_name(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    entry = {
        "id": "en-x",
        "functionality": "derogation",
        "text": "hello",
        "expected": "flag",
        "category": "derogation",
        "reason": "made for the test",
    }
    suite = {"language": "en", "author": "project", "verified_by_native": False}
    path = tmp_path / "en.yaml"
    path.write_text(yaml.safe_dump({**suite, "cases": [entry | change]}))
    with pytest.raises(EvalError, match=message) as caught:
        load_suite(path)
    assert "en-x" in str(caught.value)


def test_repeated_texts_are_refused(tmp_path: Path) -> None:
    raw = yaml.safe_load((Path("eval/functional/en.yaml")).read_text("utf-8"))
    raw["cases"].append({**raw["cases"][0], "id": "en-again"})
    path = tmp_path / "en.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True))
    with pytest.raises(EvalError, match="en-again"):
        load_suite(path)
