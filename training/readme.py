"""The README's table of results, written from the shipped model's manifest.

In: manifest.json. Out: the lines between the README's two markers. A test compares
them with the manifest, so that the table cannot be older than the model.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.artifact import read_json
from training.errors import TrainingError
from training.markdown import table
from training.suite_summary import words

START, END = "<!-- results:start -->", "<!-- results:end -->"
_FIGURES = (("macro_f1_at_review", "macro-F1"), ("average_precision", "AP"), ("ece", "ECE"))
_TIERS = {"open": "open sources", "research": "research sources, never trained on"}


def results(manifest: Mapping[str, Any]) -> str:
    """Markdown: a line per measured language and tier, on the dev splits; then the suites."""
    head = ["language", "measured on", *(title for _, title in _FIGURES)]
    rows = []
    for tier, title in _TIERS.items():
        languages = manifest["metrics"].get(tier, {}).get("dev", {}).get("by_language", {})
        for code, figures in sorted(languages.items()):
            values = [f"{figures[name]:.3f}" for name, _ in _FIGURES]
            rows.append([code, title, *values])
    note = (
        f"Model `{manifest['model_version']}`, `misogyny` on dev splits, macro-F1 at the policy's "
        "review threshold; intervals and test splits are in the card.\n"
    )
    suites = manifest["metrics"].get("suites")
    return f"{note}\n{table(head, rows)}" + (f"\n{words(suites)}" if suites else "")


def update(readme: Path, manifest: Path) -> None:
    """Rewrite what stands between the markers of `readme`.

    Raises:
        TrainingError: a marker is missing.
    """
    text = readme.read_text("utf-8")
    before, found, rest = text.partition(START)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise TrainingError(f"{readme} lacks the markers {START} and {END}: put them back")
    shown = results(read_json(manifest))
    readme.write_text(f"{before}{START}\n{shown}{END}{after}", encoding="utf-8")
