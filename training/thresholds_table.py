"""What a refit changed, for people to read.

In: `training.changes.Change`s, or the manifest's fields that have them. Out: a table for the
terminal, and a section of the model's card.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from training.changes import Change
from training.markdown import table


def render(changes: Sequence[Change], title: str) -> Table:
    """A row for each output and language that was refitted."""
    shown = Table(title=title, title_justify="left")
    for name in ("output", "language"):
        shown.add_column(name)
    for name in ("texts", "positives", "review / withhold before", "after", "moved"):
        shown.add_column(name, justify="right")
    for one in changes:
        counts = f"{one.texts:,}", f"{one.positives:,}"
        moved = "–" if one.moved is None else f"{one.moved:+.3f}"
        points = _point(one.before), _point(one.after)
        shown.add_row(one.label, one.language, *counts, *points, moved)
    return shown


def reviewed_section(about: Mapping[str, Any]) -> str:
    """Markdown to put below the parent's card; `about` has a manifest's `parent` and `changed`."""
    text = (
        f"Calibration and thresholds of {about['parent']}, refitted on "
        f"{about['changed']['fitted_on']:,} texts that an operator's reviewers judged; the network "
        "and all figures above are those of the parent."
    )
    return "\n" + _section("Thresholds", text, about["changed"])


def recalibrated_section(about: Mapping[str, Any]) -> str:
    """Markdown for the card of a model that is only its parent's network; see `about` above."""
    changed = about["changed"]
    text = (
        f"The network and the tokeniser are those of `{about['parent']}`, byte for byte; parity "
        "with torch was measured of them, at the thresholds of that time. Calibration, thresholds "
        f"and the bounds of the way out are fitted anew on {changed['fitted_on']:,} texts of the "
        "corpus named above, and all other figures are measured anew. Counts of rows are of that "
        f"corpus; the network learned from the one of sha256 {changed['learned_from'][:12]}."
    )
    return _section("What was recalibrated", text, changed)


def _section(title: str, text: str, changed: Mapping[str, Any]) -> str:
    head = ("output", "language", "texts", "positives", "before", "after")
    rows = [
        (
            *(one[name] for name in ("label", "language", "texts", "positives")),
            _point(one["before"]),
            _point(one["after"]),
        )
        for one in changed["changes"]
    ]
    note = f"{text} Thresholds are probabilities: review / withhold.\n"
    return f"## {title}\n\n{note}\n{table(head, rows)}"


def _point(told: Mapping[str, float | None]) -> str:
    parts = (told["review"], told["withhold"])
    return " / ".join("–" if part is None else f"{part:.3f}" for part in parts)
