"""An ML engineer measures how soon a campaign is noticed."""

import io
import random
from pathlib import Path

import pytest
from rich.console import Console

from eval.drift import delay
from eval.drift.campaign import coined, smuggled
from eval.drift.traffic import ABUSE, PAST, Pool, Sentence, Traffic, read_pool
from eval.errors import EvalError
from modsvc.engine.engine import Engine
from modsvc.labels import LABELS

CODE = "blorf"


def sentence(rng: random.Random, hostile: bool, *more: str) -> Sentence:
    words = {f"w{int(rng.paretovariate(1.0)) % 30}" for _ in range(6)}
    low, high = (0.6, 0.9) if hostile else (0.0, 0.2)
    scores = tuple(rng.uniform(low, high) for _ in LABELS)
    return Sentence(hostile, frozenset({*words, *more}), scores)


@pytest.fixture(scope="module")
def pool() -> Pool:
    """Four hundred groups of two sentences, and campaigns of each kind."""
    rng = random.Random(1)
    groups = tuple((sentence(rng, True), sentence(rng, False)) for _ in range(400))
    return Pool(
        "en",
        groups,
        {
            kind: tuple(sentence(rng, kind == "hostile", CODE) for _ in range(50))
            for kind in delay.KINDS
        },
    )


def test_a_code_word_is_new_and_stands_for_the_longest_word() -> None:
    rng = random.Random(1)
    lexicon = ["morning", "kitchen", "evening", "tea"]
    codes = {coined(rng, lexicon) for _ in range(20)}
    assert not codes & set(lexicon)
    assert all(len(code) >= 4 for code in codes)
    assert smuggled("no tea in the kitchen today", CODE) == f"no tea in the {CODE} today"
    assert smuggled("!!!", CODE) == f"!!! {CODE}"
    with pytest.raises(ValueError, match="more sentences"):
        coined(rng, ["same"])


def test_past_and_present_share_no_sentence(pool: Pool) -> None:
    traffic = Traffic.of(pool, 1)
    assert len(traffic.past) == PAST
    past = {sight.probabilities for sight in traffic.past}
    present = {one.probabilities for one in (*traffic.plain, *traffic.hostile)}
    assert len(present) == 400
    assert not past & present
    drawn = traffic.sights("here")
    sights = [next(drawn) for _ in range(2_000)]
    hostile = {one.probabilities for one in traffic.hostile}
    share = sum(sight.probabilities in hostile for sight in sights) / len(sights)
    assert share == pytest.approx(ABUSE, abs=0.02)
    # Each text is another one, even where the sentence is the same.
    assert len({sight.words for sight in sights}) == len(sights)


def test_larger_campaigns_are_noticed_sooner(pool: Pool) -> None:
    findings, quiet = delay.measure([pool], seeds=2, quiet=600, within=400)
    assert [(one.kind, one.share) for one in findings] == [
        (kind, share) for kind in delay.KINDS for share in delay.SHARES
    ]
    large = {one.kind: one for one in findings if one.share == max(delay.SHARES)}
    for one in large.values():
        assert one.noticed == 1
        assert (one.quantile(0.5) or 0) <= (one.quantile(0.9) or 0) < 100
    assert set(large["harmless"].first) == {"words"}
    assert quiet.texts == 1_200
    told = delay.to_json(findings, quiet)
    assert told["campaigns"][0]["delays"] == list(findings[0].delays)
    console = Console(record=True, width=120, file=io.StringIO())
    console.print(*delay.render(findings, quiet))
    assert "false alarms per 10,000 of 1,200 quiet texts" in console.export_text()


def test_what_was_missed_has_no_quantile() -> None:
    one = delay.Finding("hostile", 0.1, 100, (10, 20, None, None), {"words": 2})
    assert (one.noticed, one.quantile(0.5), one.quantile(0.9)) == (0.5, 20, None)


def test_sentences_are_read_and_scored(tiny_artifact: Path) -> None:
    pool = read_pool(Engine.load(tiny_artifact), "en", most=20)
    assert len(pool.groups) > 300
    for kind, sentences in pool.campaigns.items():
        assert len(sentences) == 20
        assert {one.hostile for one in sentences} == {kind == "hostile"}
    known = frozenset().union(*(one.words for group in pool.groups for one in group))
    [code] = {one.words - known for one in pool.campaigns["hostile"]}
    assert len(code) == 1
    with pytest.raises(EvalError, match="training/authored"):
        read_pool(Engine.load(tiny_artifact), "xx")
