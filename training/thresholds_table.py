"""What a refit changed, for people to read.

In: `training.refit.Change`s, or the report that has them. Out: a table for the terminal, and a
section of the model's card.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from training.refit import Change


def render(changes: Sequence[Change]) -> Table:
    """A row for each output and language that was refitted."""
    table = Table(title="Refitted on reviewed texts", title_justify="left")
    for name in ("output", "language"):
        table.add_column(name)
    for name in ("texts", "positives", "review / withhold before", "after", "moved"):
        table.add_column(name, justify="right")
    for one in changes:
        counts = f"{one.texts:,}", f"{one.positives:,}"
        moved = "–" if one.moved is None else f"{one.moved:+.3f}"
        points = _point(one.before), _point(one.after)
        table.add_row(one.label, one.language, *counts, *points, moved)
    return table


def card_section(report: Mapping[str, Any]) -> str:
    """The section, in Markdown; `report` is that of `training.thresholds`."""
    lines = [
        "",
        "## Thresholds",
        "",
        f"Calibration and thresholds of {report['parent']}, refitted on {report['fitted_on']:,} "
        "texts that an operator's reviewers judged; the network and all figures above are "
        "those of the parent. Thresholds are probabilities: review / withhold.",
        "",
        "| output | language | texts | positives | before | after |",
        "|---|---|---|---|---|---|",
    ]
    for one in report["changes"]:
        counts = (str(one[name]) for name in ("label", "language", "texts", "positives"))
        points = _point(one["before"]), _point(one["after"])
        lines.append(f"| {' | '.join([*counts, *points])} |")
    return "\n".join(lines) + "\n"


def _point(told: Mapping[str, float | None]) -> str:
    parts = (told["review"], told["withhold"])
    return " / ".join("–" if part is None else f"{part:.3f}" for part in parts)
