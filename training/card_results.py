"""What was measured, as sections of the model card.

In: the reports of `training.measure`. Out: Markdown. The other sections are in `training.card`.
"""

from collections.abc import Mapping
from typing import Any

from training.markdown import table
from training.suite_summary import suites_section

_COLUMNS = (
    ("macro_f1_at_review", "macro-F1"),
    ("positive_f1_at_review", "F1"),
    ("precision_at_review", "precision"),
    ("recall_at_review", "recall"),
    ("macro_f1_at_half", "macro-F1 at 0.5"),
    ("average_precision", "AP"),
    ("ece", "ECE"),
)

#: Shown with their intervals.
_INTERVALS = ("macro_f1_at_review", "ece")


def results(reports: Mapping[str, Any]) -> str:
    """The main figures by language and source, one table for each split and tier."""
    titles = {
        "open": "open sources",
        "research": "research sources, which this model has never trained on",
    }
    parts = [
        "## Results\n\nOf the shipped integer model, `misogyny`, with 95 % bootstrap intervals for "
        "macro-F1 and calibration error (ECE). Macro-F1, F1, precision and recall at the review "
        "threshold of the language. Weak labels are left out.\n"
    ]
    for tier, splits in reports.items():
        for split, report in splits.items():
            parts.append(f"### {split}, {titles[tier]}\n")
            for section in ("by_language", "by_source"):
                rows = [(name, *_figures(entry)) for name, entry in sorted(report[section].items())]
                if section == "by_language":
                    rows.append(("all", *_figures(report["overall"])))
                head = (section[3:], "texts", "positives", *(title for _, title in _COLUMNS))
                parts.append(table(head, rows))
    return "\n".join(parts)


def _figures(entry: Mapping[str, Any]) -> list[str]:
    counts = [f"{entry['support']:,}", f"{entry['positives']:,}"]
    if entry["too_few"] is not None:
        return [*counts, "too few", *[""] * (len(_COLUMNS) - 1)]
    cells = []
    for name, _ in _COLUMNS:
        figure = entry["metrics"].get(name)
        cell = f"{figure['value']:.3f}" if figure else "none"
        if figure and name in _INTERVALS and figure["interval"]:
            low, high = figure["interval"]
            cell += f" ({low:.3f} to {high:.3f})"
        cells.append(cell)
    return [*counts, *cells]


def beside_another(reports: Mapping[str, Any], beside: Mapping[str, Any]) -> str:
    """Macro-F1 of this model and another on the same splits, source by source."""
    rows = []
    for tier, splits in reports.items():
        for split, report in splits.items():
            other = beside.get(tier, beside.get("research", {})).get(split, {}).get("by_source", {})
            for name, entry in sorted(report["by_source"].items()):
                pair = (_macro(entry), _macro(other.get(name)))
                if all(pair):
                    rows.append((split, tier, name, *pair))
    head = ("split", "tier", "source", "this model", "research recipe")
    text = (
        "## Beside the research recipe\n\nMacro-F1 at review by source. The research recipe goes "
        "on from the open one, perhaps an earlier run of it, with the research sources added; its "
        "weights are not shipped.\n"
    )
    return f"{text}\n{table(head, rows)}"


def _macro(entry: Mapping[str, Any] | None) -> str:
    figure = entry["metrics"].get("macro_f1_at_review") if entry else None
    return f"{figure['value']:.3f}" if figure else ""


def authored_sentences(reports: Mapping[str, Any]) -> str:
    """The dev split's figures: the sentences of test are kept for later."""
    authored = reports["open"].get("dev", {}).get("authored")
    if not authored:
        return ""
    entries = {"all": authored["overall"], **authored["by_language"]}
    rows = [(name, *_figures(entry)) for name, entry in entries.items()]
    head = ("language", "texts", "positives", *(title for _, title in _COLUMNS))
    text = (
        "## Authored sentences, dev\n\nWritten by the project like those it trained on, not "
        "verified by native speakers, half of them abuse: for languages without public data, and "
        "no substitute for it.\n"
    )
    return f"{text}\n{table(head, rows)}"


def functional_suites(reports: Mapping[str, Any]) -> str:
    """Cases right by functionality and language; nothing where none were run."""
    functional = suites_section(reports)
    if not functional:
        return ""
    accuracy = functional["accuracy"]
    languages = sorted({language for row in accuracy.values() for language in row})
    rows = [
        (name, *(_share(row.get(language)) for language in languages))
        for name, row in accuracy.items()
    ]
    text = (
        "## Functional suites\n\nCases right of all, authored by the project and not verified by "
        "native speakers.\n"
    )
    return f"{text}\n{table(('functionality', *languages), rows)}"


def _share(cell: Any) -> str:
    if cell is None:
        return ""
    right, cases = (cell["correct"], cell["cases"]) if isinstance(cell, Mapping) else cell
    return f"{right}/{cases}"


def neutral_texts(reports: Mapping[str, Any]) -> str:
    """False alarms by language on texts that nobody labelled."""
    report = reports["open"].get("test") or next(iter(reports["open"].values()))
    rows = [
        (name, f"{entry['support']:,}", f"{entry['metrics']['fpr_at_review']['value']:.2%}")
        for name, entry in sorted(report["neutral"].items())
        if "fpr_at_review" in entry["metrics"]
    ]
    text = (
        "## False alarms on neutral text\n\nNews, encyclopaedia and treebank sentences, assumed "
        "harmless and annotated by nobody: the share at or above the review threshold.\n"
    )
    return f"{text}\n{table(('language', 'texts', 'flagged'), rows)}" if rows else ""
