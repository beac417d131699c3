"""Why a text was flagged: the parts of it, as it was written, that the score comes from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from modsvc.engine.engine import Engine
from modsvc.engine.explain import MOST_SPANS, Explainer, Range, candidates, words_of
from modsvc.engine.tokenise import Traced
from modsvc.types import Content, Span
from tests.tiny_artifact import TRIGGERS

WORD = TRIGGERS["misogyny"]


@pytest.fixture(scope="module")
def engine(tiny_artifact: Path) -> Engine:
    return Engine.load(tiny_artifact, threads=1)


def explained(engine: Engine, text: str) -> tuple[Span, ...]:
    [score] = engine.score([Content(text, language="en", explain=True)])
    assert score.spans is not None
    return score.spans


def test_the_word_that_makes_the_score_is_found_where_it_was_written(engine: Engine) -> None:
    text = f"hello  🙂 @anna {WORD} women"
    span, *others = explained(engine, text)
    assert text[span.start : span.end] == WORD
    assert span.weights["misogyny"] > 0.8
    assert all(other.weights.get("misogyny", 0) < 0.05 for other in others)


def test_a_hidden_word_is_marked_as_it_was_hidden(engine: Engine) -> None:
    hidden = f"{WORD[:3]}\u200b{WORD[3:]}"
    text = f"hello women {hidden} a"
    [span] = explained(engine, text)
    assert text[span.start : span.end] == hidden


def test_a_category_has_a_weight_of_its_own(engine: Engine) -> None:
    [span] = explained(engine, f"hello {TRIGGERS['threats']} women")
    assert {label for label, weight in span.weights.items() if weight > 0.1} == {
        "misogyny",
        "threats",
    }


def test_the_heaviest_comes_first_and_harmless_parts_are_not_told(engine: Engine) -> None:
    assert explained(engine, "hello women") == ()
    text = f"{WORD} hello the women a {WORD}"
    spans = explained(engine, text)
    weights = [span.weights["misogyny"] for span in spans if "misogyny" in span.weights]
    assert weights == sorted(weights, reverse=True)
    assert len(spans) <= MOST_SPANS


def test_abuse_at_the_end_of_a_long_post_is_marked_there(engine: Engine) -> None:
    calm = "hello women the a " * 40
    [span] = explained(engine, calm + WORD)
    assert (span.start, span.end) == (len(calm), len(calm) + len(WORD))


@pytest.mark.parametrize("text", ["", "1234", "🙂", "@somebody"])
def test_without_letters_there_is_nothing_to_tell(engine: Engine, text: str) -> None:
    assert explained(engine, text) == ()


def test_only_those_who_ask_get_spans_and_the_score_is_the_same(engine: Engine) -> None:
    text = f"hello {WORD}"
    [plain, told, again] = engine.score(
        [Content(text), Content(text, explain=True), Content(text + " ", explain=True)]
    )
    assert plain.spans is None
    assert told.spans
    assert again.spans == told.spans
    assert plain.probability == told.probability == again.probability


def test_tokens_are_joined_to_words_where_a_script_has_spaces() -> None:
    parts = np.zeros((5, 8), np.float32)
    parts[:, 0] = [9, 1, 2, 3, 9]
    window = Traced(np.arange(5), [(0, 3), (3, 5), (5, 8)])
    assert words_of("abcde fg", window, parts) == [((0, 5), 3.0), ((6, 8), 3.0)]
    window = Traced(np.arange(5), [(0, 2), (2, 3), (3, 5)])
    assert [word for word, _ in words_of("女人不配说", window, parts)] == [(0, 2), (2, 3), (3, 5)]


def test_the_five_heaviest_words_are_candidates_unless_they_are_light() -> None:
    words = [((0, 2), 0.1), ((3, 5), 2.0), ((6, 8), 1.0), ((9, 11), 0.4), ((12, 14), 1.5)]
    heaviest = [(3, 5), (12, 14), (6, 8), (15, 16), (9, 11)]
    assert candidates([*words, ((15, 16), 0.5), ((17, 18), 0.3)]) == heaviest
    assert candidates(words[:2]) == [(3, 5)]
    assert candidates([((0, 2), -1.0)]) == []
    assert candidates([]) == []


def test_more_words_are_tried_only_where_the_first_do_not_matter(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Sequence[Range]] = []
    without = Explainer._without

    def watched(
        self: Explainer, text: str, window: Traced, chosen: Sequence[Range], parent: str | None
    ) -> NDArray[np.float32]:
        tried.append(chosen)
        return without(self, text, window, chosen, parent)

    monkeypatch.setattr(Explainer, "_without", watched)
    # Light words too, which a text as short as this has.
    monkeypatch.setattr("modsvc.engine.explain._LEAST_SHARE", -1e6)
    assert explained(engine, f"hello the {WORD} women a")
    assert [len(chosen) for chosen in tried] == [2]
    tried.clear()
    explained(engine, f"{WORD} {WORD} {WORD} hello women")
    assert [len(chosen) for chosen in tried] == [2, 2, 1]


def test_only_the_reply_is_marked_and_not_what_it_replies_to(engine: Engine) -> None:
    reply = f"the women {WORD}"
    content = Content(reply, language="en", parent=f"{WORD} hello", explain=True)
    [score] = engine.score([content])
    assert score.spans is not None
    assert all(0 <= span.start < span.end <= len(reply) for span in score.spans)
