"""Engine and policy together, without HTTP."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modsvc.engine.engine import Engine
from modsvc.errors import ArtifactError, DeadlineExceeded, EngineFailure, PolicyError
from modsvc.pipeline import Judgement, Pipeline, decide_content
from modsvc.settings import Settings
from modsvc.types import Content
from tests.policy.strategies import write_policy


def load(model: Path, **changes: Any) -> Pipeline:
    return Pipeline.load(Settings(**{"model_dir": model, "threads": 1, **changes}))


async def judge(pipeline: Pipeline, deadline_s: float = 10) -> list[Judgement]:
    with pipeline.held() as loaded:
        return await loaded.judge(CONTENTS, deadline_s)


CONTENTS = (
    Content("hello hateword"),
    Content("hello women"),
    Content("hello hateword", community="school"),
)


def test_each_content_is_scored_and_decided_in_order(tiny_artifact: Path, tmp_path: Path) -> None:
    lenient = {"thresholds": {"misogyny": {"*": {"review": 0.5, "withhold": None}}}}
    path = write_policy(tmp_path, communities={"school": lenient})
    pairs = load(tiny_artifact, policy_file=path).decide_batch(CONTENTS)
    assert [decision.action for _, decision in pairs] == ["withhold", "allow", "review"]
    assert pairs[0][0].probability == pytest.approx(pairs[2][0].probability)


@pytest.mark.parametrize("pattern", ["ponedelnik", "понедельник", "ПОНЕДЕЛЬНИК"])
def test_a_term_is_found_in_the_letters_of_the_text_and_in_those_it_is_read_in(
    pattern: str, tiny_artifact: Path, tmp_path: Path
) -> None:
    path = write_policy(tmp_path, terms=[{"pattern": pattern, "kind": "block"}])
    pipeline = load(tiny_artifact, policy_file=path)
    texts = ("v ponedelnik my poydem v kino, a potom domoy", "do zobaczenia we wtorek")
    pairs = pipeline.decide_batch([Content(text) for text in texts])
    assert ["term_block" in decision.reason_codes for _, decision in pairs] == [True, False]


def test_a_term_is_found_in_a_text_whose_score_is_known_already(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    path = write_policy(tmp_path, terms=[{"pattern": "HELLO", "kind": "watch"}])
    pipeline = load(tiny_artifact, policy_file=path)
    # Both are read alike, so that one score is for both.
    text = "hello women a the hello"
    first, again = pipeline.decide_batch([Content(text), Content(f"  {text}", explain=True)])
    assert again[0].cached
    assert first[1].reason_codes == again[1].reason_codes
    assert "term_watch" in again[1].reason_codes


def test_no_term_is_passed_over_for_a_score_from_elsewhere(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    path = write_policy(tmp_path, terms=[{"pattern": "HELLO", "kind": "block"}])
    pipeline = load(tiny_artifact, policy_file=path)
    content = Content("hello women")
    [(score, _)] = pipeline.decide_batch([content])
    bare = replace(score, forms=())
    assert "term_block" in decide_content(content, bare, pipeline.loaded.policy).reason_codes


async def test_judge_and_decide_batch_agree(tiny_artifact: Path) -> None:
    batches: list[int] = []
    settings = Settings(model_dir=tiny_artifact, threads=1)
    pipeline = Pipeline.load(settings, on_batch=lambda texts, seconds: batches.append(texts))
    await pipeline.start()
    try:
        judged = await judge(pipeline)
    finally:
        await pipeline.stop()
    expected = pipeline.decide_batch(CONTENTS)
    assert [one.decision for one in judged] == [decision for _, decision in expected]
    assert sum(batches) == 3
    with pytest.raises(EngineFailure):
        await judge(pipeline)


async def test_a_failing_engine_raises_or_reviews_as_the_policy_says(
    tiny_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Engine, contents: Sequence[Content]) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(Engine, "score", fail)
    strict = load(tiny_artifact)
    lenient = load(tiny_artifact, policy_file=write_policy(tmp_path, on_engine_failure="review"))
    for pipeline in (strict, lenient):
        await pipeline.start()
    try:
        with pytest.raises(EngineFailure):
            await judge(strict)
        judged = await judge(lenient)
    finally:
        for pipeline in (strict, lenient):
            await pipeline.stop()
    assert [(one.score, one.decision.action) for one in judged] == [(None, "review")] * 3


async def test_an_answer_that_would_be_late_is_an_error(tiny_artifact: Path) -> None:
    pipeline = load(tiny_artifact)
    await pipeline.start()
    try:
        with pytest.raises(DeadlineExceeded):
            await judge(pipeline, 0.0)
    finally:
        await pipeline.stop()


def test_what_cannot_be_loaded_is_refused(tiny_artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError):
        load(tmp_path)
    with pytest.raises(PolicyError):
        load(tiny_artifact, policy_file=tmp_path / "none.yaml")
