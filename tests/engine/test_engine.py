"""The engine's promises: same text same score, long texts read, no letters no error."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modsvc.engine.engine import Engine
from modsvc.errors import EngineFailure, InputError
from modsvc.labels import CATEGORIES, LABELS
from modsvc.types import Content
from tests.tiny_artifact import MODEL_VERSION, TRIGGERS, expected_logits, reseal

words = st.sampled_from([*TRIGGERS.values(), "hello", "women", "привет", "qız", "?", "дом", "42"])
texts = st.lists(st.lists(words, max_size=60).map(" ".join), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def engine(tiny_artifact: Path) -> Engine:
    return Engine.load(tiny_artifact)


@pytest.fixture(scope="module")
def uncached(tiny_artifact: Path) -> dict[int, Engine]:
    return {n: Engine.load(tiny_artifact, threads=n, cache_size=0) for n in (1, 2, 3)}


def probabilities(engine: Engine, some: list[str]) -> np.ndarray:
    scores = engine.score([Content(text) for text in some])
    return np.array(
        [
            [one.probability, *(one.categories[c] for c in CATEGORIES), one.toxic_other]
            for one in scores
        ]
    )


@settings(max_examples=40, deadline=None)
@given(texts)
def test_a_score_depends_on_nothing_but_its_text(
    uncached: dict[int, Engine], texts: list[str]
) -> None:
    alone = np.vstack([probabilities(uncached[1], [text]) for text in texts])

    for engine in uncached.values():
        np.testing.assert_allclose(probabilities(engine, texts), alone, atol=1e-6)
        np.testing.assert_allclose(probabilities(engine, texts[::-1]), alone[::-1], atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=300))
def test_any_unicode_gets_a_score_in_bounds(engine: Engine, text: str) -> None:
    [score] = engine.score([Content(text)])

    assert all(0 <= p <= 1 for p in (score.probability, *score.categories.values()))
    assert (score.reason == "no_text") == (score.language.code == "und") == (score.windows == 0)


def test_many_threads_may_score_at_once(uncached: dict[int, Engine]) -> None:
    some = [f"hello {word} women" for word in TRIGGERS.values()] * 3
    before = probabilities(uncached[2], some)

    with ThreadPoolExecutor(6) as pool:
        results = pool.map(lambda _: probabilities(uncached[2], some), range(12))

    for result in results:
        np.testing.assert_allclose(result, before, atol=1e-6)


@pytest.mark.parametrize("label", LABELS)
def test_each_logit_lands_under_its_own_name(engine: Engine, label: str) -> None:
    [score] = engine.score([Content(f"hello {TRIGGERS[label]}", language="en")])

    found = {
        "misogyny": score.probability,
        **score.categories,
        "toxic_other": score.toxic_other,
    }
    high = {name for name, probability in found.items() if probability > 0.5}
    assert high == ({label, "misogyny"} if label in CATEGORIES else {label})


def test_logits_are_the_models_own(engine: Engine, tiny_artifact: Path) -> None:
    some = ["hello women", "hello hateword"]

    expected = np.vstack([expected_logits(tiny_artifact, text) for text in some])

    np.testing.assert_allclose(engine.logits(some), expected, atol=0.1)


def test_logits_see_the_text_as_scores_do(engine: Engine) -> None:
    np.testing.assert_array_equal(
        engine.logits(["ｈｅｌｌｏ   wo\u200bmen"]), engine.logits(["hello women"])
    )


def test_abuse_at_the_end_of_a_long_post_is_found(engine: Engine) -> None:
    calm = "hello women the a " * 40
    [harmless, abusive] = engine.score([Content(calm), Content(calm + "hateword")])

    assert harmless.probability < 0.1
    assert abusive.probability > 0.9
    assert abusive.windows > 1
    assert not abusive.truncated


def test_what_was_not_read_is_declared(engine: Engine) -> None:
    [score] = engine.score([Content("hello women the a " * 500 + "hateword")])

    assert score.truncated
    assert score.windows == 32
    assert score.probability < 0.1


@pytest.mark.parametrize("text", ["", " \t\n", "1234", "🙂 🙂", "@somebody", "https://example.org"])
def test_nothing_to_read_is_an_answer_not_an_error(engine: Engine, text: str) -> None:
    [score] = engine.score([Content(text, language="en")])

    assert (score.probability, score.toxic_other, score.reason) == (0.0, 0.0, "no_text")
    assert score.categories == dict.fromkeys(CATEGORIES, 0.0)
    assert (score.language.code, score.supported, score.windows) == ("und", True, 0)


def test_no_contents_give_no_scores(engine: Engine) -> None:
    assert engine.score([]) == []


def test_the_callers_language_decides_calibration_and_support(engine: Engine) -> None:
    text = "hello women"
    scores = {
        code: engine.score([Content(text, language=code)])[0]
        for code in ("en", "es-MX", "kk", "el", "uz-Cyrl")
    }

    assert scores["es-MX"].language.code == "es"
    assert scores["es-MX"].probability > scores["en"].probability
    supported = {code for code, score in scores.items() if score.supported}
    assert supported == {"en", "es-MX"}


def test_a_wrong_language_tag_is_the_callers_error(engine: Engine) -> None:
    with pytest.raises(InputError, match="BCP-47"):
        engine.score([Content("hello", language="the english one")])


def test_the_pasted_text_is_scored_once(tiny_artifact: Path) -> None:
    engine = Engine.load(tiny_artifact)
    same = ["hello hateword", "hello  hateword ", "ｈｅｌｌｏ hateword"]

    first = engine.score([Content(text) for text in same])
    [again] = engine.score([Content("hello hateword")])

    assert [score.cached for score in first] == [False, True, True]
    assert again.cached
    assert again.probability == first[0].probability
    assert again.model_version == MODEL_VERSION


def test_a_declared_language_is_not_answered_from_the_detected_one(tiny_artifact: Path) -> None:
    engine = Engine.load(tiny_artifact)
    engine.score([Content("hello women")])

    [spanish] = engine.score([Content("hello women", language="es")])

    assert not spanish.cached
    assert spanish.language.code == "es"


def test_the_canary_sings_on_a_sound_model(engine: Engine) -> None:
    engine.check_canary()


def test_the_canary_stops_when_the_model_computes_something_else(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_artifact, tmp_path / "model"))
    canary = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["canary"]
    off = [{**canary[0], "probability": canary[0]["probability"] + 0.03}]
    reseal(folder, canary=off)

    with pytest.raises(EngineFailure, match="modsvc verify") as stopped:
        Engine.load(folder).check_canary()
    assert canary[0]["text"] not in str(stopped.value)


def test_what_a_text_replies_to_is_read(engine: Engine) -> None:
    alone, calm, heated = engine.score(
        [
            Content("hello"),
            Content("hello", parent="hello the women"),
            Content("hello", parent="hello hateword"),
        ]
    )

    # The tiny model judges all it reads; the shipped one judges the reply.
    assert heated.probability > 0.9 > calm.probability
    assert not heated.cached
    [empty] = engine.score([Content("hello", parent=" \u200b ")])
    assert empty.probability == alone.probability


def test_without_words_of_its_own_a_reply_is_not_judged(engine: Engine) -> None:
    [score] = engine.score([Content("@anna 🙂", parent="hello hateword")])

    assert (score.reason, score.probability) == ("no_text", 0)
