"""Score + rules → decision.

In: a `Score` and a `Policy`. Out: a `Decision` with every reason code, in the order of
`STEPS`. Each step is a pure function from (score, rules, action so far) to a partial
decision, or None where it has nothing to say. Where thresholds come from is left to
`modsvc.policy.rules`.

Reason codes: `no_text`; `misogyny_review`, `misogyny_withhold`;
`category_<category>_review`, `category_<category>_withhold`; `toxic_other_review`,
`toxic_other_withhold`; `unsupported_language`; `below_thresholds`; and, from
`decide_failure`, `engine_failure` and `deadline_exceeded`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from modsvc.labels import CATEGORIES, MISOGYNY, TOXIC_OTHER
from modsvc.policy.rules import Policy, Rules
from modsvc.types import Action, Decision, Score

FailureReason = Literal["engine_failure", "deadline_exceeded"]

_SEVERITY: Final[dict[Action, int]] = {"allow": 0, "review": 1, "withhold": 2}


@dataclass(frozen=True, slots=True)
class Partial:
    """What one step says: the action from here on, and why. `final` ends the list."""

    action: Action
    reason_code: str
    final: bool = False


Step = Callable[[Score, Rules, Action], Partial | None]


def no_text(score: Score, rules: Rules, action: Action) -> Partial | None:
    """Allow what has no letters: there is nothing to judge, whatever the thresholds."""
    return Partial("allow", "no_text", final=True) if score.reason == "no_text" else None


def label_step(label: str, prefix: str, probability: Callable[[Score], float]) -> Step:
    """A step that compares one probability with the label's operating point.

    Its reason codes are `<prefix>_review` and `<prefix>_withhold`. It never lowers the
    action that an earlier step asked for.
    """

    def step(score: Score, rules: Rules, action: Action) -> Partial | None:
        point = rules.point(label, score.language.code)
        if point is None:
            return None
        value = probability(score)
        if point.withhold is not None and value >= point.withhold:
            return Partial("withhold", f"{prefix}_withhold")
        if value >= point.review:
            return Partial(_more_severe(action, "review"), f"{prefix}_review")
        return None

    return step


def unsupported_language(score: Score, rules: Rules, action: Action) -> Partial | None:
    """Never act automatically in a language that the model was not measured on."""
    if score.supported:
        return None
    limited = rules.unsupported_below_thresholds if action == "allow" else "review"
    return Partial(limited, "unsupported_language")


def below_thresholds(score: Score, rules: Rules, action: Action) -> Partial | None:
    """Say why a text is allowed."""
    return Partial("allow", "below_thresholds") if action == "allow" else None


def _category_step(category: str) -> Step:
    return label_step(category, f"category_{category}", lambda score: score.categories[category])


STEPS: Final[tuple[Step, ...]] = (
    no_text,
    label_step(MISOGYNY, MISOGYNY, lambda score: score.probability),
    *(_category_step(category) for category in CATEGORIES),
    label_step(TOXIC_OTHER, TOXIC_OTHER, lambda score: score.toxic_other),
    unsupported_language,
    below_thresholds,
)


def decide(score: Score, policy: Policy, *, community: str | None = None) -> Decision:
    """What `policy` makes of `score` in `community`; never raises for a valid score."""
    rules = policy.rules_for(community)
    action: Action = "allow"
    reason_codes: list[str] = []
    for step in STEPS:
        partial = step(score, rules, action)
        if partial is None:
            continue
        action = partial.action
        reason_codes.append(partial.reason_code)
        if partial.final:
            break
    return _decision(action, reason_codes, policy)


def decide_failure(policy: Policy, reason: FailureReason) -> Decision | None:
    """The decision on a text that was not scored; None where the caller must get an error."""
    if policy.on_engine_failure == "error":
        return None
    return _decision("review", [reason], policy)


def _decision(action: Action, reason_codes: list[str], policy: Policy) -> Decision:
    return Decision(
        action=action,
        flagged=action != "allow",
        reason_codes=tuple(reason_codes),
        policy_version=policy.version,
    )


def _more_severe(one: Action, other: Action) -> Action:
    return max(one, other, key=_SEVERITY.__getitem__)
