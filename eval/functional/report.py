"""Everything that the functional suites say of a model, as one JSON document.

In: an engine and suites. Out: `FunctionalReport`, for terminals (`eval.functional.run`,
`robustness`, `context`) and for the reports that keep it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eval.functional import context, robustness, run
from eval.functional.suite import Suite
from eval.predict import Scorer
from modsvc.labels import MISOGYNY


@dataclass(frozen=True, slots=True)
class FunctionalReport:
    """The cases as written, what disguises do to them, and replies with their parents.

    `effects` is empty when disguises were not asked for; `calibrated` are the languages with
    thresholds of their own for misogyny.
    """

    suites: Sequence[Suite]
    outcomes: list[run.Outcome]
    effects: robustness.Effects
    replies: dict[str, context.Result]
    calibrated: frozenset[str]

    @classmethod
    def of(
        cls, engine: Scorer, suites: Sequence[Suite], *, disguised: bool = True
    ) -> "FunctionalReport":
        """Score every case, every disguise of it, and the replies of the same languages."""
        outcomes = run.run_suites(engine, suites)
        effects = robustness.run_evasions(engine, suites, outcomes) if disguised else {}
        languages = {suite.language for suite in suites}
        paired = [suite for suite in context.load_context() if suite.language in languages]
        replies = context.run_context(engine, paired)
        thresholds = engine.artifact.calibration.operating_points.get(MISOGYNY)
        calibrated = frozenset(thresholds.by_language if thresholds else ())
        return cls(suites, outcomes, effects, replies, calibrated)

    def to_json(self) -> dict[str, Any]:
        """What reports keep; no text."""
        return {
            **run.to_json(self.outcomes, self.suites, self.calibrated),
            "evasions": robustness.to_json(self.effects),
            "context": context.to_json(self.replies),
        }
