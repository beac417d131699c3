"""Strong words are found one by one, by the model and by the policy."""

from typing import Any

import pytest
from fastapi import FastAPI

from modsvc.desk import strong
from modsvc.desk.strong import strong_words
from modsvc.engine.engine import Engine
from modsvc.engine.normalise import normalise
from modsvc.errors import EngineFailure
from modsvc.policy import Policy
from modsvc.policy.document import TermEntry
from modsvc.policy.terms import TermList


def found(app: FastAPI, text: str, **more: Any) -> list[str]:
    ranges = strong_words(app.state.service, text, "en", **more)
    return [text[slice(*place)] for place in ranges]


def test_words_that_are_abusive_alone(app: FastAPI) -> None:
    assert found(app, "hello hateword, the rudeword women") == ["hateword,", "rudeword"]
    assert found(app, "hello h@teword") == ["h@teword"]
    assert found(app, "hello women") == []
    assert found(app, "") == []


def test_a_word_that_the_score_comes_from_needs_less(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strong, "TELLING", 0.0)
    assert found(app, "hello women", spans=[(0, 5)]) == ["hello"]
    # Without spaces, whole sentences are no words.
    assert found(app, "女性女性hateword") == []
    assert found(app, "女性女性hateword", spans=[(4, 12)]) == ["hateword"]


def test_terms_of_the_policy(app: FastAPI) -> None:
    entries = [TermEntry(pattern=kind, kind=kind) for kind in ("block", "watch", "allow")]
    general = app.state.service.pipeline.policy
    rules = general.rules
    listed = type(rules)(
        points=rules.points,
        unsupported_below_thresholds=rules.unsupported_below_thresholds,
        terms=TermList.build(entries, normalise),
    )
    policy = Policy("test", "review", listed, {})
    assert found(app, "hello block, watch allow", policy=policy) == ["block,", "watch"]


def test_when_the_model_fails_all_that_was_marked_is_masked(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise EngineFailure("The model failed.")

    monkeypatch.setattr(Engine, "score", fail)
    assert found(app, "hello women", spans=[(6, 11)]) == ["women"]
