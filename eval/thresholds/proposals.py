"""Translated thresholds for people and for other programs.

In: `Translation`s. Out: a table, and plain values.
"""

import math
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from eval.thresholds.translate import Estimate, Translation


def render(attribute: str, found: Sequence[Translation]) -> Table:
    """The proposals as a table."""
    table = Table(title=f"{attribute}: old thresholds and new ones", title_justify="left")
    table.add_column("old", justify="right")
    table.add_column("flagged", justify="right")
    table.add_column("precision", justify="right")
    table.add_column("new, as many flagged")
    table.add_column("precision", justify="right")
    table.add_column("new, as precise")
    table.add_column("flagged", justify="right")
    for one in found:
        table.add_row(
            f"{one.old:.2f}",
            _share(one.old_flagged),
            _share(one.old_precision),
            _shown(one.same_rate),
            _share(one.same_rate_precision),
            _shown(one.same_precision),
            _share(one.same_precision_flagged),
        )
    return table


def to_json(attribute: str, rows: int, found: Sequence[Translation]) -> dict[str, Any]:
    """The proposals for other programs; NaN becomes null."""
    return {
        "attribute": attribute,
        "rows": rows,
        "thresholds": [
            {
                name: value._asdict() if isinstance(value, Estimate) else _plain(value)
                for name, value in one._asdict().items()
            }
            for one in found
        ],
    }


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1%}"


def _shown(estimate: Estimate) -> str:
    if estimate.threshold is None:
        return "none"
    if estimate.interval is None:
        return f"{estimate.threshold:.3f} (too few for an interval)"
    low, high = estimate.interval
    return f"{estimate.threshold:.3f} ({low:.3f}–{high:.3f})"
