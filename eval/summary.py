"""A report's headline figures, as a table for the terminal.

In: the content of report.json. Out: a row for each language and source, and one for all of them.
"""

from typing import Any, Final

from rich.table import Table

from eval.metrics import METRICS

_SHOWN: Final = ("macro_f1_at_review", "macro_f1_at_half", "auroc", "fpr_at_review", "ece")


def render(report: dict[str, Any]) -> Table:
    """The figures of each language, as the dashboard's first table."""
    title = f"{report['model_version']} on {report['split']}"
    table = Table(title=title, title_justify="left")
    names = [name for section in ("by_language", "by_source") for name in report[section]]
    table.add_column("misogyny", min_width=max(map(len, names), default=0))
    table.add_column("support", justify="right")
    for metric in _SHOWN:
        table.add_column(METRICS[metric], justify="right")
    for section in ("by_language", "by_source"):
        table.add_section()
        for name, entry in report[section].items():
            table.add_row(name, f"{entry['support']:,}", *_cells(entry))
    table.add_section()
    overall = report["overall"]
    table.add_row("overall", f"{overall['support']:,}", *_cells(overall))
    return table


def _cells(entry: dict[str, Any]) -> list[str]:
    if not entry["metrics"]:
        return [entry["too_few"]]
    return [
        f"{entry['metrics'][metric]['value']:.3f}" if metric in entry["metrics"] else "–"
        for metric in _SHOWN
    ]
