"""What is left of a model's judgement when the functional cases are disguised.

In: an engine and suites. Out: one `Effect` an evasion and language: how often the
cases that must be flagged are, and how often harmless ones are, as written and in
disguise. The disguises themselves are in `eval.functional.evasions`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from rich.table import Table

from eval.functional.evasions import EVASIONS
from eval.functional.run import Outcome
from eval.functional.suite import Case, Suite
from eval.operating_points import OperatingPoints
from eval.predict import Scorer
from modsvc.types import Content


@dataclass(frozen=True, slots=True)
class Effect:
    """Counts over the cases that the evasion changes: flagged as written, flagged in disguise."""

    abuse: int = 0
    found: int = 0
    found_disguised: int = 0
    harmless: int = 0
    false_alarms: int = 0
    false_alarms_disguised: int = 0

    def __add__(self, other: "Effect") -> "Effect":
        mine, theirs = asdict(self), asdict(other)
        return Effect(**{name: mine[name] + theirs[name] for name in mine})

    @property
    def recall_lost(self) -> float:
        """Share of the abuse that is found as written and not in disguise, net; NaN without."""
        return (self.found - self.found_disguised) / self.abuse if self.abuse else float("nan")

    @property
    def alarms_gained(self) -> float:
        """Share of the harmless cases that the disguise gets flagged, net; NaN without."""
        gained = self.false_alarms_disguised - self.false_alarms
        return gained / self.harmless if self.harmless else float("nan")


Effects = dict[str, dict[str, Effect]]


def run_evasions(engine: Scorer, suites: Sequence[Suite], outcomes: Sequence[Outcome]) -> Effects:
    """`[evasion][language]`, beside the `outcomes` of the same suites as written.

    A case's disguise is the same in every run.
    """
    points = OperatingPoints.of(engine.artifact.calibration.operating_points)
    plain = {outcome.case.id: outcome.flagged for outcome in outcomes}
    effects: Effects = {name: {} for name in EVASIONS}
    for suite in suites:
        for name in EVASIONS:
            pairs = _disguised(suite, name)
            contents = [Content(text=text, language=suite.language) for _, text in pairs]
            total = Effect()
            for (case, _), score in zip(pairs, engine.score(contents), strict=True):
                total += _effect(case, plain[case.id], points.flags(score, suite.language))
            effects[name][suite.language] = total
    return effects


def _disguised(suite: Suite, name: str) -> list[tuple[Case, str]]:
    """The cases that the evasion changes, with their disguise."""
    pairs = [(case, EVASIONS[name](case.text, Random(f"{case.id} {name}"))) for case in suite.cases]
    return [(case, text) for case, text in pairs if text is not None]


def _effect(case: Case, plain: bool, disguised: bool) -> Effect:
    if case.expected == "flag":
        return Effect(abuse=1, found=plain, found_disguised=disguised)
    return Effect(harmless=1, false_alarms=plain, false_alarms_disguised=disguised)


def to_json(effects: Effects) -> dict[str, Any]:
    """`[evasion][language]` → counts and shares; `all` sums the languages up."""
    return {
        name: {language: _shares(effect) for language, effect in _with_sum(row).items()}
        for name, row in effects.items()
    }


def _shares(effect: Effect) -> dict[str, Any]:
    lost = round(effect.recall_lost, 4) if effect.abuse else None
    gained = round(effect.alarms_gained, 4) if effect.harmless else None
    return {**asdict(effect), "recall_lost": lost, "alarms_gained": gained}


def _with_sum(row: Mapping[str, Effect]) -> dict[str, Effect]:
    return {"all": sum(row.values(), Effect()), **dict(sorted(row.items()))}


def render(effects: Effects) -> Table:
    """Languages by evasion: recall lost, and in brackets false alarms gained."""
    title = "in disguise: recall lost (false alarms gained), points of 100"
    table = Table(title=title, title_justify="left", padding=0)
    table.add_column("")
    for name in effects:
        table.add_column(name.replace("_", " "), justify="right")
    rows = [_with_sum(row) for row in effects.values()]
    for language in rows[0]:
        cells = [_cell(row[language]) for row in rows]
        table.add_row(language, *cells, end_section=language == "all")
    return table


def _cell(effect: Effect) -> str:
    if not effect.abuse:
        return "–"
    gained = f" ({100 * effect.alarms_gained:+.0f})" if effect.harmless else ""
    return f"{100 * effect.recall_lost:.0f}{gained}"
