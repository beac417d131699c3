"""Policy: what to do with a score. In: a score and a policy. Out: a decision with reasons."""

from modsvc.policy.decide import decide, decide_failure, labels_reached, review_failure
from modsvc.policy.rules import Policy, Rules, build_policy

__all__ = [
    "Policy",
    "Rules",
    "build_policy",
    "decide",
    "decide_failure",
    "labels_reached",
    "review_failure",
]
