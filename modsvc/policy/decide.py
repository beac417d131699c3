"""Score + rules → decision.

In: a `Score`, the terms found in its text, and a `Policy`. Out: a `Decision` with every reason
code, in the order of `STEPS`. Each step is a pure function from (case, rules, action so far)
to a partial decision, or None where it has nothing to say. Where thresholds come from is left
to `modsvc.policy.rules`; many decisions at once to `modsvc.policy.backtest`.

Reason codes: `no_text`; `misogyny_review`, `misogyny_withhold`;
`category_<category>_review`, `category_<category>_withhold`; `toxic_other_review`,
`toxic_other_withhold`; `unsupported_language`; `term_block`, `term_watch`, `term_allow`;
`below_thresholds`; and, from `decide_failure`, `engine_failure` and `deadline_exceeded`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from modsvc.labels import CATEGORIES, LABELS, MISOGYNY, TOXIC_OTHER
from modsvc.policy.document import TermKind
from modsvc.policy.rules import Policy, Rules
from modsvc.policy.terms import TERM_KINDS
from modsvc.types import Action, Decision, Score

FailureReason = Literal["engine_failure", "deadline_exceeded"]

#: From the mildest to the strictest.
ACTIONS: Final[tuple[Action, ...]] = ("allow", "review", "withhold")


@dataclass(frozen=True, slots=True)
class Case:
    """What is decided on: a score, and which kinds of the policy's terms stand in the text."""

    score: Score
    terms: Collection[TermKind]


@dataclass(frozen=True, slots=True)
class Partial:
    """What one step says: the action from here on, and why."""

    action: Action
    reason_code: str


Step = Callable[[Case, Rules, Action], Partial | None]


def no_text(case: Case, rules: Rules, action: Action) -> Partial | None:
    """Allow what has no letters: there is nothing to judge, whatever the thresholds."""
    return Partial(action, "no_text")


def label_step(label: str, probability: Callable[[Score], float]) -> Step:
    """A step that compares one probability with the label's operating point.

    It never lowers the action that an earlier step asked for.
    """

    def step(case: Case, rules: Rules, action: Action) -> Partial | None:
        point = rules.point(label, case.score.language.code)
        if point is None:
            return None
        value = probability(case.score)
        if point.withhold is not None and value >= point.withhold:
            return Partial("withhold", _reason_code(label, "withhold"))
        if value >= point.review:
            return Partial(more_severe(action, "review"), _reason_code(label, "review"))
        return None

    return step


def unsupported_language(case: Case, rules: Rules, action: Action) -> Partial | None:
    """Never act automatically in a language that the model was not measured on."""
    if case.score.supported:
        return None
    limited = rules.unsupported_below_thresholds if action == "allow" else "review"
    return Partial(limited, "unsupported_language")


def term_step(kind: TermKind) -> Step:
    """A step that notes terms of one kind; only those to block ask for a review."""

    def step(case: Case, rules: Rules, action: Action) -> Partial | None:
        if kind not in case.terms:
            return None
        asked = more_severe(action, "review") if kind == "block" else action
        return Partial(asked, f"term_{kind}")

    return step


def below_thresholds(case: Case, rules: Rules, action: Action) -> Partial | None:
    """Say why a text is allowed."""
    return Partial("allow", "below_thresholds") if action == "allow" else None


def labels_reached(reason_codes: Iterable[str]) -> tuple[str, ...]:
    """The labels whose thresholds a decision says were reached, in the order of `LABELS`."""
    found = {_LABEL_OF[code] for code in reason_codes if code in _LABEL_OF}
    return tuple(label for label in LABELS if label in found)


def _reason_code(label: str, action: Action) -> str:
    return f"category_{label}_{action}" if label in CATEGORIES else f"{label}_{action}"


def _category_step(category: str) -> Step:
    return label_step(category, lambda score: score.categories[category])


_TERM_STEPS: Final[tuple[Step, ...]] = tuple(term_step(kind) for kind in TERM_KINDS)

STEPS: Final[tuple[Step, ...]] = (
    label_step(MISOGYNY, lambda score: score.probability),
    *(_category_step(category) for category in CATEGORIES),
    label_step(TOXIC_OTHER, lambda score: score.toxic_other),
    unsupported_language,
    *_TERM_STEPS,
    below_thresholds,
)

_LABEL_OF: Final = {
    _reason_code(label, action): label for label in LABELS for action in ACTIONS[1:]
}

#: For a text without letters. Terms may be signs or digits, and are looked for there too.
NO_TEXT_STEPS: Final[tuple[Step, ...]] = (no_text, *_TERM_STEPS)


def decide(
    score: Score,
    policy: Policy,
    *,
    community: str | None = None,
    terms: Collection[TermKind] = (),
) -> Decision:
    """What `policy` makes of `score` in `community`; never raises for a valid score.

    `terms` are the kinds of the community's terms that stand in the text (`TermList.kinds`).
    """
    rules = policy.rules_for(community)
    case = Case(score, terms)
    action: Action = "allow"
    reason_codes: list[str] = []
    for step in NO_TEXT_STEPS if score.reason == "no_text" else STEPS:
        partial = step(case, rules, action)
        if partial is not None:
            action = partial.action
            reason_codes.append(partial.reason_code)
    return _decision(action, reason_codes, policy)


def decide_failure(policy: Policy, reason: FailureReason) -> Decision | None:
    """The decision on a text that was not scored; None where the caller must get an error."""
    return None if policy.on_engine_failure == "error" else review_failure(policy, reason)


def review_failure(policy: Policy, reason: FailureReason) -> Decision:
    """Send a text that was not scored to people, whatever callers who can wait are told."""
    return _decision("review", [reason], policy)


def more_severe(one: Action, other: Action) -> Action:
    """The stricter of two actions."""
    return max(one, other, key=ACTIONS.index)


def _decision(action: Action, reason_codes: list[str], policy: Policy) -> Decision:
    return Decision(
        action=action,
        flagged=action != "allow",
        reason_codes=tuple(reason_codes),
        policy_version=policy.version,
    )
