"""Two models side by side on the same rows, with paired-bootstrap differences.

In: the predictions of A and of B. Out: for all rows, each language and each source the
figures of both and the interval of B − A. The same resamples are used for both sides,
so what the draw does to both alike cancels out. Each model is judged at its own thresholds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from eval.errors import EvalError
from eval.groups import observe, stated_rows
from eval.metrics import (
    LOWER_IS_BETTER,
    METRICS,
    point_values,
    resampled_values,
    too_few,
)
from eval.predictions import Predictions
from eval.resampling import Resamples, interval
from modsvc.labels import MISOGYNY

COMPARED: Final = (
    "macro_f1_at_review",
    "macro_f1_at_half",
    "positive_f1_at_review",
    "auroc",
    "average_precision",
    "fpr_at_review",
    "ece",
    "brier",
)
#: The columns of the printed table; the JSON has them all.
PRINTED: Final = ("macro_f1_at_review", "auroc", "fpr_at_review", "ece")


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of both models; `interval` is the 95 % one of `b - a`."""

    a: float
    b: float
    interval: tuple[float, float] | None

    @property
    def certain(self) -> bool:
        """Whether the interval excludes no change at all."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of the rows: `kind` is `overall`, `language` or `source`."""

    kind: str
    name: str
    support: int
    positives: int
    too_few: str | None
    changes: Mapping[str, Change]


def compare(a: Predictions, b: Predictions, *, resamples: int) -> list[Slice]:
    """Slices of the rows that both have predictions for, overall first.

    Raises:
        EvalError: the two share no rows, or disagree about a gold label.
    """
    a, b = _aligned(a.measured(), b.measured())
    draws = Resamples.draw(a.group, resamples=resamples)
    return [
        _slice(kind, name, a.select(rows), b.select(rows), draws.select(rows))
        for kind, name, rows in _slices(a)
    ]


def to_json(a: Predictions, b: Predictions, slices: list[Slice]) -> dict[str, Any]:
    """The comparison as plain values."""
    return {
        "a": {"model_version": a.model_version, "corpus_sha256": a.corpus_sha256},
        "b": {"model_version": b.model_version, "corpus_sha256": b.corpus_sha256},
        "split": a.split,
        "slices": [
            {
                "kind": part.kind,
                "name": part.name,
                "support": part.support,
                "positives": part.positives,
                "too_few": part.too_few,
                "metrics": {
                    name: {
                        "a": round(change.a, 5),
                        "b": round(change.b, 5),
                        "difference": round(change.b - change.a, 5),
                        "interval": change.interval and [round(x, 5) for x in change.interval],
                    }
                    for name, change in part.changes.items()
                },
            }
            for part in slices
        ],
    }


def render(a: Predictions, b: Predictions, slices: list[Slice]) -> Table:
    """B, and B − A with its interval; coloured where the interval excludes zero."""
    table = Table(
        title=f"B {b.model_version} against A {a.model_version}, split {a.split}",
        caption="each cell: A → B, difference and its 95 % interval",
        title_justify="left",
    )
    table.add_column("rows", min_width=max(len(part.name) for part in slices))
    table.add_column("support", justify="right")
    for metric in PRINTED:
        table.add_column(METRICS[metric], justify="right")
    previous = "overall"
    for part in slices:
        if part.kind != previous:
            table.add_section()
            previous = part.kind
        if part.too_few is not None:
            cells = [part.too_few]
        else:
            cells = [_cell(metric, part.changes.get(metric)) for metric in PRINTED]
        table.add_row(part.name, f"{part.support:,}", *cells)
    return table


def _aligned(a: Predictions, b: Predictions) -> tuple[Predictions, Predictions]:
    _, left, right = np.intersect1d(
        a.row_id.astype(str), b.row_id.astype(str), assume_unique=True, return_indices=True
    )
    if not len(left):
        raise EvalError("A and B share no rows; evaluate both on the same corpus and split")
    a, b = a.select(left), b.select(right)
    if not np.array_equal(a.gold, b.gold, equal_nan=True):
        raise EvalError("A and B were measured on different labels; evaluate both on one corpus")
    return a, b


def _slices(a: Predictions) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    stated = stated_rows(a, MISOGYNY)
    yield "overall", "overall", stated
    for kind, keys in (("language", a.language), ("source", a.source)):
        for name in sorted(set(keys[stated])):
            yield kind, str(name), stated & (keys == name)


def _slice(kind: str, name: str, a: Predictions, b: Predictions, draws: Resamples) -> Slice:
    one, other = observe(a, MISOGYNY), observe(b, MISOGYNY)
    support, positives = len(one.gold), int(one.gold.sum())
    reason = too_few(support, positives)
    changes: dict[str, Change] = {}
    if reason is None:
        points = point_values(one, COMPARED), point_values(other, COMPARED)
        drawn = resampled_values(one, draws), resampled_values(other, draws)
        changes = {
            metric: Change(
                points[0][metric],
                points[1][metric],
                interval(drawn[1][metric] - drawn[0][metric]),
            )
            for metric in COMPARED
            if metric in points[0] and metric in points[1]
        }
    return Slice(kind, name, support, positives, reason, changes)


def _cell(metric: str, change: Change | None) -> str:
    if change is None:
        return "–"
    difference = change.b - change.a
    text = f"{change.a:.3f} → {change.b:.3f}\n{difference:+.3f}"
    if change.interval is not None:
        text += f" [{change.interval[0]:+.3f}, {change.interval[1]:+.3f}]".replace("[", "\\[")
    if not change.certain:
        return text
    better = (difference > 0) != (metric in LOWER_IS_BETTER)
    return f"[{'green' if better else 'red'}]{text}[/]"
