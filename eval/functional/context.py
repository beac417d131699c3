"""Replies that only what they reply to can decide: is the parent used?

In: the YAML files of `context/`, one a language, and an engine. Out: one `Result` a
language. In every pair of cases the reply is the same and its parents are not: under
one it must be flagged, under the other allowed. Whoever reads the reply alone gets half
of the cases right, whatever he says.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from rich.table import Table

from eval.errors import EvalError
from eval.functional.suite import SUITES_DIR, Expected
from eval.operating_points import OperatingPoints
from eval.predict import Scorer
from modsvc.labels import CATEGORIES
from modsvc.types import Content

CONTEXT_DIR: Final = SUITES_DIR / "context"
_KEYS: Final = {"id", "parent", "text", "expected", "category", "reason"}


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply under one parent and what must happen to it; `reason` says why in one line."""

    id: str
    parent: str
    text: str
    expected: Expected
    category: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ContextSuite:
    """The replies of one language and who stands for them."""

    language: str
    author: str
    verified_by_native: bool
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """Counts of one language: cases right with their parents and without, and whole pairs."""

    cases: int = 0
    right: int = 0
    right_alone: int = 0
    pairs: int = 0
    right_pairs: int = 0

    def __add__(self, other: "Result") -> "Result":
        mine, theirs = asdict(self), asdict(other)
        return Result(**{name: mine[name] + theirs[name] for name in mine})


def load_context(folder: Path = CONTEXT_DIR) -> list[ContextSuite]:
    """Every `*.yaml` of the folder, by language.

    Raises:
        EvalError: a file is not a valid suite (the case is named).
    """
    return [_load(path) for path in sorted(folder.glob("*.yaml"))]


def run_context(engine: Scorer, suites: Sequence[ContextSuite]) -> dict[str, Result]:
    """Score every reply with its parent and without, by language."""
    points = OperatingPoints.of(engine.artifact.calibration.operating_points)
    results: dict[str, Result] = {}
    for suite in suites:
        within = [
            Content(text=one.text, language=suite.language, parent=one.parent)
            for one in suite.replies
        ]
        alone = [Content(text=one.text, language=suite.language) for one in suite.replies]
        right = _right(engine, points, suite, within)
        pairs: dict[str, list[bool]] = defaultdict(list)
        for reply, good in zip(suite.replies, right, strict=True):
            pairs[reply.text].append(good)
        results[suite.language] = Result(
            cases=len(right),
            right=sum(right),
            right_alone=sum(_right(engine, points, suite, alone)),
            pairs=len(pairs),
            right_pairs=sum(map(all, pairs.values())),
        )
    return results


def to_json(results: dict[str, Result]) -> dict[str, Any]:
    """Counts by language; `all` sums them up."""
    return {language: asdict(result) for language, result in _with_sum(results).items()}


def render(results: dict[str, Result]) -> Table:
    """One line a language."""
    title = "replies that only their parent decides: right of cases"
    table = Table(title=title, title_justify="left")
    for name in ("", "with the parent", "without", "both of a pair"):
        table.add_column(name, justify="right" if name else "left")
    for language, one in _with_sum(results).items():
        counts = (f"{one.right}/{one.cases}", f"{one.right_alone}/{one.cases}")
        pairs = f"{one.right_pairs}/{one.pairs}"
        table.add_row(language, *counts, pairs, end_section=language == "all")
    return table


def _with_sum(results: dict[str, Result]) -> dict[str, Result]:
    return {"all": sum(results.values(), Result()), **results}


def _right(
    engine: Scorer, points: OperatingPoints, suite: ContextSuite, contents: Sequence[Content]
) -> list[bool]:
    flags = [points.flags(score, suite.language) for score in engine.score(contents)]
    return [
        flag == (reply.expected == "flag") for flag, reply in zip(flags, suite.replies, strict=True)
    ]


def _load(path: Path) -> ContextSuite:
    try:
        raw: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        replies = tuple(_reply(entry, path) for entry in raw["cases"])
        suite = ContextSuite(
            raw["language"], raw["author"], bool(raw["verified_by_native"]), replies
        )
    except (KeyError, TypeError, yaml.YAMLError) as error:
        raise EvalError(f"{path.name} is not a suite of replies: {error!r}") from error
    expected: dict[str, set[str]] = defaultdict(set)
    for reply in replies:
        expected[reply.text].add(reply.expected)
    if lone := [text for text, both in expected.items() if len(both) < 2]:
        raise EvalError(f"{path.name}: {lone} must be both flagged and allowed, by its parent")
    return suite


def _reply(entry: dict[str, Any], path: Path) -> Reply:
    where = f"{path.name}, case {entry.get('id', '?')}"
    if set(entry) != _KEYS:
        raise EvalError(f"{where}: the keys must be {sorted(_KEYS)}")
    reply = Reply(**entry)
    if (reply.category in CATEGORIES) != (reply.expected == "flag"):
        raise EvalError(f"{where}: flagged cases have a category of the taxonomy, others null")
    return reply
