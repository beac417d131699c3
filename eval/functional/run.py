"""How a model does on the functional suites.

In: an engine and suites. Out: one `Outcome` a case, and their accuracy by
functionality and language. A case counts as flagged when misogyny or a category
reaches its `review` threshold, as the packaged policy decides.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Group
from rich.table import Table

from eval.functional.suite import FUNCTIONALITIES, MUST_FLAG, Case, Suite
from eval.operating_points import OperatingPoints
from eval.predict import Scorer
from modsvc.types import Content

#: Languages side by side in a table.
ACROSS: Final = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the model made of a case; `probability` is that of misogyny."""

    case: Case
    language: str
    probability: float
    flagged: bool

    @property
    def correct(self) -> bool:
        return self.flagged == (self.case.expected == "flag")


def run_suites(engine: Scorer, suites: Sequence[Suite]) -> list[Outcome]:
    """Score every case with its suite's language."""
    points = OperatingPoints.of(engine.artifact.calibration.operating_points)
    outcomes: list[Outcome] = []
    for suite in suites:
        contents = [Content(text=case.text, language=suite.language) for case in suite.cases]
        for case, score in zip(suite.cases, engine.score(contents), strict=True):
            flagged = points.flags(score, suite.language)
            outcomes.append(Outcome(case, suite.language, score.probability, flagged))
    return outcomes


def accuracy(outcomes: Iterable[Outcome]) -> dict[str, dict[str, tuple[int, int]]]:
    """`[functionality][language]` → (correct, cases), in the order of the taxonomy."""
    table: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in FUNCTIONALITIES}
    for outcome in outcomes:
        row = table[outcome.case.functionality]
        correct, cases = row.get(outcome.language, (0, 0))
        row[outcome.language] = (correct + outcome.correct, cases + 1)
    return {name: row for name, row in table.items() if row}


def totals(
    table: Mapping[str, Mapping[str, Mapping[str, int]]], names: Iterable[str] | None = None
) -> dict[str, list[int]]:
    """`[language]` → [correct, cases] over `to_json`'s accuracy table, or its rows in `names`."""
    sums: dict[str, list[int]] = {}
    for name in table if names is None else names:
        for language, cell in table.get(name, {}).items():
            correct, cases = sums.get(language, (0, 0))
            sums[language] = [correct + cell["correct"], cases + cell["cases"]]
    return sums


def to_json(
    outcomes: Sequence[Outcome], suites: Sequence[Suite], calibrated: Container[str]
) -> dict[str, Any]:
    """The accuracy table, and the ids of the cases that went wrong; no text.

    `calibrated` are the languages with thresholds of their own.
    """
    return {
        "suites": {
            suite.language: {
                "author": suite.author,
                "verified_by_native": suite.verified_by_native,
                "cases": len(suite.cases),
                "thresholds": "own" if suite.language in calibrated else "pooled",
            }
            for suite in suites
        },
        "accuracy": {
            name: {
                language: {"correct": correct, "cases": cases}
                for language, (correct, cases) in row.items()
            }
            for name, row in accuracy(outcomes).items()
        },
        "wrong": [
            {
                "id": outcome.case.id,
                "expected": outcome.case.expected,
                "probability": round(outcome.probability, 4),
            }
            for outcome in outcomes
            if not outcome.correct
        ],
    }


def render(outcomes: Sequence[Outcome]) -> Group:
    """Functionality by language, as correct/cases; the last lines sum up both kinds.

    One table for every `ACROSS` languages, so that a terminal can show them.
    """
    languages = sorted({outcome.language for outcome in outcomes})
    parts = [languages[at : at + ACROSS] for at in range(0, len(languages), ACROSS)]
    return Group(*(_table(outcomes, part) for part in parts))


def _table(outcomes: Sequence[Outcome], languages: Sequence[str]) -> Table:
    title = "functional suites: correct of cases"
    table = Table(title=title, title_justify="left", padding=(0, 0, 0, 1))
    table.add_column("functionality", no_wrap=True)
    table.add_column("must")
    for language in languages:
        table.add_column(language, justify="right", no_wrap=True)
    for name, row in accuracy(outcomes).items():
        kind = "flag" if name in MUST_FLAG else "allow"
        table.add_row(name, kind, *(_cell(*row.get(language, (0, 0))) for language in languages))
    table.add_section()
    for kind in ("flag", "allow"):
        chosen = [outcome for outcome in outcomes if outcome.case.expected == kind]
        cells = []
        for language in languages:
            of_language = [outcome.correct for outcome in chosen if outcome.language == language]
            cells.append(_cell(sum(of_language), len(of_language)))
        table.add_row("all of these", kind, *cells)
    return table


def _cell(correct: int, cases: int) -> str:
    if not cases:
        return "–"
    share = correct / cases
    colour = "green" if share >= 0.8 else "yellow" if share >= 0.5 else "red"
    return f"[{colour}]{correct}/{cases}[/]"
