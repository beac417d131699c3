"""Language by language and part by part: is the challenger worse than the champion?

In: evidence. Out: all that there is to find. Correcting for the number of findings, and the
verdict, are left to `eval.gate.verdict`.
"""

from eval.gate.cases import compare_cases
from eval.gate.evidence import Evidence
from eval.gate.finding import Finding, Part, Untested
from eval.gate.labelled import compare_labelled, harmless
from eval.predictions import Predictions


def find(
    evidence: Evidence, *, tolerance: float, resamples: int
) -> tuple[list[Finding], list[Untested]]:
    """Everything that there is to find, part by part and language by language."""
    one, other = evidence.champion, evidence.challenger
    labelled: list[tuple[Part, Predictions | None, Predictions | None]] = [
        ("gold", one.gold, other.gold),
        ("reviewed", one.reviewed, other.reviewed),
        ("neutral", harmless(one.neutral), harmless(other.neutral)),
    ]
    parts: list[Finding | Untested] = []
    for part, before, after in labelled:
        if before is not None and after is not None:
            parts += compare_labelled(part, before, after, tolerance, resamples)
    parts += compare_cases(one.outcomes, other.outcomes, tolerance, resamples)
    return (
        [found for found in parts if isinstance(found, Finding)],
        [found for found in parts if isinstance(found, Untested)],
    )
