"""Everything that the functional suites say of a model, as one JSON document.

In: an engine and suites. Out: `FunctionalReport`, for terminals (`eval.functional.run`,
`eval.functional.robustness`) and for the reports that keep it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eval.functional import robustness, run
from eval.functional.suite import Suite
from eval.predict import Scorer


@dataclass(frozen=True, slots=True)
class FunctionalReport:
    """The cases as written, and what disguises do to them (empty when not asked for)."""

    suites: Sequence[Suite]
    outcomes: list[run.Outcome]
    effects: robustness.Effects

    @classmethod
    def of(
        cls, engine: Scorer, suites: Sequence[Suite], *, disguised: bool = True
    ) -> "FunctionalReport":
        """Score every case, and every disguise of it."""
        outcomes = run.run_suites(engine, suites)
        effects = robustness.run_evasions(engine, suites, outcomes) if disguised else {}
        return cls(suites, outcomes, effects)

    def to_json(self) -> dict[str, Any]:
        """What reports keep; no text."""
        evasions = robustness.to_json(self.effects)
        return run.to_json(self.outcomes, self.suites) | {"evasions": evasions}
