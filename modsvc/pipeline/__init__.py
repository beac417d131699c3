"""Content → score → decision: where engine and policy meet.

In: contents. Out: a score and a decision for each, in order. `deciding` is the step from a score
to a decision, `loaded` one model under one policy, `pipeline` which of them answer now. The model
and the policy may be others from one request to the next, never within one. Formats of files and
of the wire are left to the callers.
"""

from modsvc.pipeline.deciding import decide_content, failure_reason, policy_for, terms_in
from modsvc.pipeline.loaded import Judgement, Loaded
from modsvc.pipeline.pipeline import OnBatch, Pipeline, load_model

__all__ = [
    "Judgement",
    "Loaded",
    "OnBatch",
    "Pipeline",
    "decide_content",
    "failure_reason",
    "load_model",
    "policy_for",
    "terms_in",
]
