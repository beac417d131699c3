"""Score → decision: the one place where the engine's forms of a text meet the policy's terms.

In: contents with their scores, and a policy. Out: decisions. What a policy makes of scores and
terms is left to `modsvc.policy`.
"""

from collections.abc import Sequence

from modsvc.engine.engine import Engine
from modsvc.engine.normalise import as_written, forms
from modsvc.errors import DeadlineExceeded, EngineFailure
from modsvc.policy import Policy, build_policy, decide
from modsvc.policy.decide import FailureReason
from modsvc.policy.document import Document, TermKind
from modsvc.policy.terms import TermList
from modsvc.types import Content, Decision, Score


def policy_for(engine: Engine, document: Document, where: str = "the policy") -> Policy:
    """A policy over a model's operating points. Raises PolicyError."""
    points = engine.artifact.calibration.operating_points
    return build_policy(document, points, as_written, where)


def decide_content(content: Content, score: Score, policy: Policy) -> Decision:
    """What `policy` makes of a score and of the terms that stand in the text."""
    terms = policy.rules_for(content.community).terms
    # A score that was put together elsewhere may lack them, and no term may be passed over.
    kinds = _kinds(score.forms or forms(content.text), terms, score.language.code)
    return decide(score, policy, community=content.community, terms=kinds)


def terms_in(text: str, terms: TermList, language: str) -> frozenset[TermKind]:
    """Which kinds of terms stand in a raw text, in the letters it is written in or is read in."""
    return _kinds(forms(text), terms, language) if terms else frozenset()


def _kinds(read: Sequence[str], terms: TermList, language: str) -> frozenset[TermKind]:
    return frozenset(kind for form in read for kind in terms.kinds(form, language))


def failure_reason(error: EngineFailure | DeadlineExceeded) -> FailureReason:
    """The reason code of a text that was not scored."""
    return "deadline_exceeded" if isinstance(error, DeadlineExceeded) else "engine_failure"
