"""Replies that only their parent decides: whole pairs, and a model that reads parents."""

from pathlib import Path

import pytest
import yaml

from eval.errors import EvalError
from eval.functional.context import (
    ContextSuite,
    Reply,
    Result,
    load_context,
    render,
    run_context,
    to_json,
)
from eval.functional.suite import load_suites
from modsvc.engine.engine import Engine
from training.authored_check import read_authored

SUITE = ContextSuite(
    "en",
    "project",
    False,
    (
        Reply("1a", "hello hateword", "hello", "flag", "derogation", "for the test"),
        Reply("1b", "hello women", "hello", "allow", None, "for the test"),
        Reply("2a", "hello women", "the women", "flag", "derogation", "for the test"),
        Reply("2b", "the women", "the women", "allow", None, "for the test"),
    ),
)


def test_a_model_that_reads_parents_gets_more_than_half(tiny_artifact: Path) -> None:
    results = run_context(Engine.load(tiny_artifact, threads=1), [SUITE])
    assert results == {"en": Result(cases=4, right=3, right_alone=2, pairs=2, right_pairs=1)}
    assert to_json(results)["all"]["right"] == 3
    assert render(results).row_count == 1 + 1


@pytest.mark.parametrize("suite", load_context(), ids=lambda suite: suite.language)
def test_every_suite_is_made_of_pairs(suite: ContextSuite) -> None:
    assert len(suite.replies) >= 24
    assert len({reply.text for reply in suite.replies}) * 2 == len(suite.replies)
    assert (suite.author, suite.verified_by_native) == ("project", False)


def test_six_languages_at_least_have_one() -> None:
    languages = {suite.language for suite in load_context()}
    assert len(languages) >= 6
    assert languages <= {suite.language for suite in load_suites()}


def test_no_pair_was_trained_on() -> None:
    trained = {
        (record["text"].lower(), record["parent"].lower())
        for records in read_authored().values()
        for record in records
        if record["parent"]
    }
    suites = load_context()
    assert not [
        r.id for s in suites for r in s.replies if (r.text.lower(), r.parent.lower()) in trained
    ]
    parents = {parent for _, parent in trained}
    assert not [r.id for s in suites for r in s.replies if r.parent.lower() in parents]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expected": "allow", "category": None}, "must be both"),
        ({"category": None}, "flagged cases have a category"),
        ({"note": "x"}, "the keys must be"),
    ],
)
def test_a_broken_suite_is_named(tmp_path: Path, change: dict[str, str], said: str) -> None:
    first = {"id": "1", "parent": "p", "text": "t", "expected": "flag"}
    first |= {"category": "threats", "reason": "r"} | change
    second = {"id": "2", "parent": "q", "text": "t", "expected": "allow"}
    second |= {"category": None, "reason": "r"}
    document = {"language": "en", "author": "project", "verified_by_native": False}
    (tmp_path / "en.yaml").write_text(yaml.safe_dump({**document, "cases": [first, second]}))
    with pytest.raises(EvalError, match=said):
        load_context(tmp_path)
