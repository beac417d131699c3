"""The project's own cases: is the challenger right on fewer of them, language by language?

In: outcomes of both models in the functional suites. Out: `Finding`s on accuracy. Nobody else's
labels are mixed with these.
"""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from eval.functional.run import Outcome
from eval.gate.finding import ACCURACY, Finding, Untested, languages_of, p_value
from eval.metrics import MIN_SUPPORT
from eval.resampling import Resamples, interval


def compare_cases(
    champion: list[Outcome], challenger: list[Outcome], tolerance: float, resamples: int
) -> Iterator[Finding | Untested]:
    """One finding a language, and one of all; the cases must be the same, in one order."""
    right = np.array([[a.correct, b.correct] for a, b in zip(champion, challenger, strict=True)])
    flagged = np.array([[a.flagged, b.flagged] for a, b in zip(champion, challenger, strict=True)])
    abuse = np.array([one.case.expected == "flag" for one in champion])
    draws = Resamples.draw(
        np.array([one.case.id for one in champion], dtype=object), resamples=resamples
    )
    for language, rows in languages_of(np.array([one.language for one in champion], dtype=object)):
        cases = int(rows.sum())
        if cases < MIN_SUPPORT:
            yield Untested("functional", language, f"too few: {cases} cases")
            continue
        features = np.column_stack([right[rows], np.ones(cases)]).astype(np.float32)
        totals = draws.select(rows).totals(csr_array(features))
        with np.errstate(invalid="ignore", divide="ignore"):
            change = (totals[1] - totals[0]) / totals[2]
        shares, said = right[rows].mean(axis=0), flagged[rows].mean(axis=0)
        gain = float(shares[1] - shares[0])
        yield Finding(
            part="functional",
            language=language,
            metric=ACCURACY,
            support=cases,
            positives=int(abuse[rows].sum()),
            champion=float(shares[0]),
            challenger=float(shares[1]),
            gain=gain,
            interval=interval(change),
            p=p_value(gain, change, tolerance),
            flagged=(float(said[0]), float(said[1])),
        )
