"""A score meets the policy: what is allowed, reviewed, withheld, and why."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from modsvc.policy import Policy, decide, decide_failure, labels_reached
from modsvc.types import Score
from tests.policy.strategies import (
    MODEL_POINTS,
    default_policy,
    load_policy,
    make_score,
    probabilities,
    scores,
    write_policy,
)

POLICY = default_policy()
SEVERITY = {"allow": 0, "review": 1, "withhold": 2}


@pytest.mark.parametrize(
    ("score", "action", "reason_codes"),
    [
        (make_score(0.39), "allow", ("below_thresholds",)),
        (make_score(0.4), "review", ("misogyny_review",)),
        (make_score(0.9), "withhold", ("misogyny_withhold",)),
        (make_score(0.59, language="es"), "allow", ("below_thresholds",)),
        (make_score(1.0, language="es"), "review", ("misogyny_review",)),
        (make_score(0.1, threats=0.5), "review", ("category_threats_review",)),
        (
            make_score(0.5, threats=0.8),
            "withhold",
            ("misogyny_review", "category_threats_withhold"),
        ),
        (
            make_score(0.95, threats=0.5),
            "withhold",
            ("misogyny_withhold", "category_threats_review"),
        ),
        (make_score(0.1, derogation=1.0), "allow", ("below_thresholds",)),
        (make_score(0.1, toxic_other=1.0), "allow", ("below_thresholds",)),
        (
            make_score(0.95, language="kk", supported=False),
            "review",
            ("misogyny_withhold", "unsupported_language"),
        ),
        (
            make_score(0.1, language="kk", supported=False),
            "allow",
            ("unsupported_language", "below_thresholds"),
        ),
        (make_score(0.0, language="und", reason="no_text"), "allow", ("no_text",)),
    ],
)
def test_each_score_gets_its_action_and_every_reason(
    score: Score, action: str, reason_codes: tuple[str, ...]
) -> None:
    decision = decide(score, POLICY)
    assert (decision.action, decision.reason_codes) == (action, reason_codes)


def test_an_unsupported_language_can_be_reviewed_as_a_whole(tmp_path: Path) -> None:
    path = write_policy(tmp_path, unsupported_language={"below_thresholds": "review"})
    policy = load_policy(path, MODEL_POINTS)
    clean = make_score(0.0, language="kk", supported=False)
    assert decide(clean, policy).action == "review"
    assert decide(replace(clean, supported=True), policy).action == "allow"


def test_toxic_other_acts_once_the_policy_names_it(tmp_path: Path) -> None:
    point = {"*": {"review": 0.7, "withhold": None}}
    policy = load_policy(write_policy(tmp_path, thresholds={"toxic_other": point}), MODEL_POINTS)
    assert decide(make_score(toxic_other=0.7), policy).reason_codes == ("toxic_other_review",)


def test_a_community_has_its_own_thresholds(tmp_path: Path) -> None:
    strict = {"thresholds": {"misogyny": {"*": {"review": 0.1, "withhold": 0.2}}}}
    policy = load_policy(write_policy(tmp_path, communities={"school": strict}), MODEL_POINTS)
    score = make_score(0.3, language="es")
    assert decide(score, policy, community="school").action == "withhold"
    assert decide(score, policy, community="elsewhere").action == "allow"
    assert decide(score, policy).action == "allow"


@pytest.mark.parametrize("reason", ["engine_failure", "deadline_exceeded"])
def test_a_failure_is_an_error_or_a_review_but_never_allowed(tmp_path: Path, reason: str) -> None:
    assert decide_failure(POLICY, reason) is None  # type: ignore[arg-type]
    policy = load_policy(write_policy(tmp_path, on_engine_failure="review"), MODEL_POINTS)
    decision = decide_failure(policy, reason)  # type: ignore[arg-type]
    assert decision is not None
    assert (decision.action, decision.flagged) == ("review", True)
    assert decision.reason_codes == (reason,)


@given(scores)
def test_flagged_means_not_allowed_and_there_is_always_a_reason(score: Score) -> None:
    decision = decide(score, POLICY)
    assert decision.flagged == (decision.action != "allow")
    assert decision.reason_codes
    assert len(set(decision.reason_codes)) == len(decision.reason_codes)
    assert decision.policy_version == POLICY.version


@given(scores, probabilities)
def test_a_higher_probability_never_means_a_milder_action(score: Score, other: float) -> None:
    low, high = sorted((score.probability, other))
    actions = [decide(replace(score, probability=p), POLICY).action for p in (low, high)]
    assert SEVERITY[actions[0]] <= SEVERITY[actions[1]]


@given(scores)
def test_an_unsupported_language_is_never_withheld(score: Score) -> None:
    assert decide(replace(score, supported=False), POLICY).action != "withhold"


@given(scores)
def test_the_same_score_gets_the_same_decision(score: Score) -> None:
    again: Policy = default_policy()
    assert decide(score, POLICY) == decide(score, again)


def test_labels_are_read_from_reason_codes() -> None:
    codes = ["category_image_abuse_withhold", "toxic_other_review", "misogyny_review"]
    assert labels_reached([*codes, "term_block", "unsupported_language"]) == (
        "misogyny",
        "image_abuse",
        "toxic_other",
    )
