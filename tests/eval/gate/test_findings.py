"""Worse is what is surely worse: neither luck nor the number of languages makes it so."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.functional.run import Outcome
from eval.functional.suite import Case
from eval.gate.evidence import Evidence, Side
from eval.gate.finding import Finding, Untested, p_value
from eval.gate.findings import find
from eval.gate.holm import adjusted
from eval.gate.page import render
from eval.gate.verdict import Gate, judge
from eval.predictions import Predictions
from modsvc.engine.artifact import load_artifact
from modsvc.labels import LABELS, MISOGYNY
from tests.eval.synthetic import make_predictions

COLUMN = LABELS.index(MISOGYNY)
METHOD = {
    "resamples": 200,
    "alpha": 0.05,
    "tolerance": 0.0,
    "split": "dev",
    "left_out": 0,
    "corpus_sha256": "0" * 64,
}


def outcomes(right: int, of: int = 60) -> list[Outcome]:
    """Cases in Uzbek, the first `right` of them judged rightly."""
    case = Case("", "derogation", "", "flag", "derogation", "")
    return [Outcome(replace(case, id=f"uz-{n}"), "uz", 0.5, n < right) for n in range(of)]


def side(predictions: Predictions, right: int = 50, reviewed: Predictions | None = None) -> Side:
    neutral = predictions.select(np.repeat(np.flatnonzero(predictions.tier == "neutral"), 4))
    neutral.row_id[:] = [f"neutral-{n}" for n in range(len(neutral))]
    neutral.group[:] = neutral.row_id
    return Side(predictions.measured(), neutral, reviewed, outcomes(right))


def found(one: Side, other: Side, tolerance: float = 0.0) -> list[Finding]:
    evidence = Evidence(one, other, "0" * 64, "dev", 0)
    return find(evidence, tolerance=tolerance, resamples=200)[0]


def gate(folder: Path, one: Side, other: Side) -> Gate:
    evidence = Evidence(one, other, "0" * 64, "dev", 0)
    artifact = load_artifact(folder)
    findings, untested = find(evidence, tolerance=0.0, resamples=200)
    return judge(artifact, artifact, findings, untested, alpha=0.05, method=METHOD)


def shifted(predictions: Predictions, language: str, by: float) -> Predictions:
    """Logits of one language moved, as by a wrong calibration."""
    moved = predictions.select(np.arange(len(predictions)))
    rows = moved.language == language
    logit = np.log(moved.probability / (1 - moved.probability))
    moved.probability[rows] = 1 / (1 + np.exp(-(logit[rows] + by)))
    return moved


def test_a_model_is_no_worse_than_itself(tiny_artifact: Path) -> None:
    same = side(make_predictions())
    done = gate(tiny_artifact, same, same)
    assert done.passed
    assert done.reasons == []
    assert {one.adjusted for one in done.judged} == {1.0}
    assert {one.finding.part for one in done.judged} == {"gold", "neutral", "functional"}


def test_a_poisoned_calibration_is_named_with_its_language_and_its_size(
    tiny_artifact: Path,
) -> None:
    before = make_predictions()
    done = gate(tiny_artifact, side(before), side(shifted(before, "ru", -4.0)))
    assert not done.passed
    assert {one.finding.language for one in done.worse} <= {"ru", "all"}
    [reason] = [reason for reason in done.reasons if reason.startswith("ru")]
    [ru] = [one.finding for one in done.worse if one.finding.language == "ru"]
    assert ru.metric == "macro_f1_at_review"
    assert f"fell from {ru.champion:.3f} to {ru.challenger:.3f}" in reason
    assert f"by {ru.champion - ru.challenger:.3f}" in reason
    assert "look at the calibration and thresholds" in reason
    page = render(done)
    assert "refused" in page.splitlines()[0]
    assert reason in page


def test_a_language_that_is_told_apart_less_well_is_said_to_be(tiny_artifact: Path) -> None:
    before, worse = make_predictions(), make_predictions(skill=0.2, seed=5)
    mixed = before.select(np.arange(len(before)))
    es = before.language == "es"
    mixed.probability[es] = worse.probability[es]
    done = gate(tiny_artifact, side(before), side(mixed))
    told = [reason for reason in done.reasons if reason.startswith("es (gold)")]
    assert any("average precision fell" in reason for reason in told)
    assert any("tells them apart less well" in reason for reason in told)


def test_neutral_texts_that_are_flagged_are_alarms(tiny_artifact: Path) -> None:
    before = make_predictions(neutral=120)
    before.probability[before.language == "ky", COLUMN] = 0.1
    done = gate(tiny_artifact, side(before), side(shifted(before, "ky", 6.0)))
    assert [(one.finding.part, one.finding.language) for one in done.worse][:1] == [
        ("neutral", "ky")
    ]
    assert "false-positive rate at review rose from 0.000 to 1.000" in done.reasons[0]


def test_functional_suites_and_reviews_count_by_themselves(tiny_artifact: Path) -> None:
    before = make_predictions()
    reviews = make_predictions({"en": 300}, neutral=0)
    flat = shifted(reviews, "en", -9.0)
    done = gate(tiny_artifact, side(before, 50, reviews), side(before, 20, flat))
    assert {(one.finding.part, one.finding.language) for one in done.worse} == {
        ("functional", "uz"),
        ("reviewed", "en"),
    }


def test_a_loss_that_is_tolerated_is_none() -> None:
    before = make_predictions({"en": 1500}, neutral=0)
    after = shifted(before, "en", -4.0)
    strict, lax = (
        min(one.p for one in found(side(before), side(after), tolerance))
        for tolerance in (0.0, 0.5)
    )
    assert strict < 0.01 < 0.99 < lax


def test_models_that_are_as_good_are_hardly_ever_refused(tiny_artifact: Path) -> None:
    refused, some = 0, {"en": 200, "ru": 200}
    for seed in range(20):
        one, other = (
            make_predictions(some, neutral=0, seed=number) for number in (seed, 1000 + seed)
        )
        refused += not gate(tiny_artifact, side(one), side(other)).passed
    # 5 % of 20 is 1; more than 4 would come by chance three times in a thousand.
    assert refused <= 4


def test_too_few_texts_are_said_and_not_judged() -> None:
    evidence = Evidence(side(make_predictions()), side(make_predictions(skill=0.1)), "", "dev", 0)
    findings, untested = find(evidence, tolerance=0.0, resamples=50)
    assert Untested("gold", "ko", "too few: 30 rows") in untested
    assert not [one for one in findings if one.language == "ko"]


def test_a_language_that_loses_its_support_is_refused(tiny_artifact: Path) -> None:
    artifact = load_artifact(tiny_artifact)
    languages = dict(artifact.manifest.languages)
    languages["ru"] = languages["kk"]
    less = replace(artifact, manifest=artifact.manifest.model_copy(update={"languages": languages}))
    done = judge(artifact, less, [], [], alpha=0.05, method=METHOD)
    assert "ru: the champion supports this language, the challenger does not" in done.reasons


def test_what_cannot_be_compared_does_not_pass(tiny_artifact: Path) -> None:
    few = side(make_predictions({"ko": 30}, neutral=0))
    done = gate(tiny_artifact, few, few)
    assert not done.passed
    assert done.reasons == ["no language has enough gold or reviewed texts to tell"]


def test_holm_multiplies_the_smallest_by_the_number_of_all() -> None:
    # The example of R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
    assert adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjusted([]) == []
    assert adjusted([0.9, 0.8]) == [1.0, 1.0]


def test_a_p_value_is_that_of_the_normal_distribution() -> None:
    drawn = np.random.default_rng(1).normal(-0.1, 0.05, 100_000)
    assert p_value(-0.1, drawn, 0.0) == pytest.approx(0.0228, abs=0.001)
    assert p_value(-0.1, drawn, 0.1) == pytest.approx(0.5, abs=0.01)
    assert p_value(0.0, np.zeros(50), 0.0) == 1.0
    assert p_value(-0.2, np.full(50, -0.2), 0.0) == 0.0
