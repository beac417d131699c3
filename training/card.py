"""The model card, generated from the run.

In: the manifest's fields, the corpus's counts, the calibration and the reports.
Out: Markdown (after Mitchell et al. 2019, "Model Cards for Model Reporting").
Nothing in it is typed by hand but the paragraphs on use and limits.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from modsvc.engine.manifest import SCORE_BINS
from modsvc.labels import DEFINITIONS, LABELS
from training.catalogue import load_sources
from training.thresholds_table import recalibrated_section

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

_COUNTS = ("train", "positives", "dev", "dev_positives", "authored")

_USE = """\
## Intended use

To rank and route texts for human review where people write to one another, and to hold back
the clearest cases under a policy that a person can read, change and overrule. It judges one
text at a time, without its conversation. It is not evidence against a person, not a measure
of a person, and not for use without review on languages marked as not measured.

## Limits

- No public dataset labels threats to publish intimate images: `image_abuse` learned them from
  sentences that the project wrote.
- Annotators disagree on what misogyny is, and sources differ in their definitions; the same
  text can be a positive in one and a negative in another.
- News, testimony and counter-speech that quote abuse are still too often flagged: see the
  functional suites below.
- Languages without public labels (measured: no) learned from the project's own sentences and
  by transfer. Their texts get `supported: false`, and no automatic action beyond review.
- The labels of sources marked weak were made by a rule; they trained, and measured nothing.
"""


def render_card(
    about: Mapping[str, Any],
    counts: pd.DataFrame,
    calibration: Mapping[str, Any],
    reports: Mapping[str, Any],
    beside: Mapping[str, Any] | None = None,
) -> str:
    """The card as Markdown. `beside` are the reports of another recipe, shown for comparison."""
    parts = [
        f"# modsvc model, recipe `{about['recipe']['name']}`\n",
        "A multilingual encoder with eight outputs that flags misogynistic harassment, in 8-bit "
        "integers for plain CPUs. This card is generated; do not edit it.\n",
        _facts(about),
        _USE,
        _labels(calibration),
        recalibrated_section(about) if "parent" in about else "",
        _results(reports),
        _beside(reports, beside) if beside else "",
        _authored(reports),
        _functional(reports),
        _neutral(reports),
        _languages(about),
        _histograms(about),
        _datasets(counts),
    ]
    return "\n".join(part for part in parts if part)


def _facts(about: Mapping[str, Any]) -> str:
    recipe = about["recipe"]
    lines = [
        ("base", about["base"]["name"]),
        ("tier of the training data", about["tier"]),
        ("longest window", f"{about['max_tokens']} tokens"),
        ("focus sources, passes", recipe["sampling"]["focus"]),
        ("other rows drawn", f"{recipe['sampling']['examples']:,}"),
        ("learning rate", recipe["optimisation"]["learning_rate"]),
        ("code", f"commit {about['git_commit'][:12]}"),
        ("corpus", f"sha256 {about['corpus_sha256'][:12]}"),
        *((f"parity, {name} against torch", _parity(v)) for name, v in _parities(about).items()),
    ]
    return _table(("fact", "value"), lines)


def _parities(about: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = about["metrics"].get("parity", {})
    return found


def _parity(figures: Mapping[str, Any]) -> str:
    return (
        f"{figures['same_flagged']:.2%} same decision on {figures['texts']:,} dev texts, "
        f"99th percentile of the difference in probability {figures['delta_p99']:.3f}"
    )


def _labels(calibration: Mapping[str, Any]) -> str:
    rows = []
    for label in LABELS:
        fitted = calibration["outputs"][label]["pooled"]
        point = calibration["operating_points"].get(label, {}).get("pooled", {})
        rows.append(
            (
                f"`{label}`",
                DEFINITIONS[label],
                f"{fitted['positives']:,} of {fitted['support']:,}",
                point.get("review", "none"),
                point.get("withhold") or "none",
            )
        )
    head = ("output", "meaning", "calibration positives", "review from", "withhold from")
    note = "Thresholds are the pooled ones; languages with enough data have their own.\n"
    return f"## Outputs\n\n{_table(head, rows)}\n{note}"


def _results(reports: Mapping[str, Any]) -> str:
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
                parts.append(_table(head, rows))
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


def _beside(reports: Mapping[str, Any], beside: Mapping[str, Any]) -> str:
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
    return f"{text}\n{_table(head, rows)}"


def _macro(entry: Mapping[str, Any] | None) -> str:
    figure = entry["metrics"].get("macro_f1_at_review") if entry else None
    return f"{figure['value']:.3f}" if figure else ""


def _authored(reports: Mapping[str, Any]) -> str:
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
    return f"{text}\n{_table(head, rows)}"


def _functional(reports: Mapping[str, Any]) -> str:
    functional = next(iter(reports["open"].values())).get("functional")
    if not functional:
        return ""
    table = functional["accuracy"]
    languages = sorted({language for row in table.values() for language in row})
    rows = [
        (name, *(_share(row.get(language)) for language in languages))
        for name, row in table.items()
    ]
    text = (
        "## Functional suites\n\nCases right of all, authored by the project and not verified by "
        "native speakers.\n"
    )
    return f"{text}\n{_table(('functionality', *languages), rows)}"


def _share(cell: Any) -> str:
    if cell is None:
        return ""
    right, cases = (cell["correct"], cell["cases"]) if isinstance(cell, Mapping) else cell
    return f"{right}/{cases}"


def _neutral(reports: Mapping[str, Any]) -> str:
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
    return f"{text}\n{_table(('language', 'texts', 'flagged'), rows)}" if rows else ""


def _languages(about: Mapping[str, Any]) -> str:
    rows = [
        (
            code,
            *(f"{entry[key]:,}" for key in _COUNTS),
            "yes" if entry["supported"] else "no",
            entry["calibration"],
        )
        for code, entry in about["languages"].items()
    ]
    head = ("language", *(key.replace("_", " ") for key in _COUNTS), "measured", "calibration")
    text = (
        "## Languages\n\nLabelled rows of public datasets; neutral text is not counted. `authored` "
        "are the project's own sentences, not verified by native speakers.\n"
    )
    return f"{text}\n{_table(head, rows)}"


def _histograms(about: Mapping[str, Any]) -> str:
    rows = [
        (code, *(f"{share:.1%}" for share in entry["score_histogram"]))
        for code, entry in about["languages"].items()
        if "score_histogram" in entry
    ]
    if not rows:
        return ""
    head = ("language", *(f"from {index / SCORE_BINS:.1f}" for index in range(SCORE_BINS)))
    text = (
        "## Distribution of scores, dev\n\nThe share of texts, labelled and neutral, by their "
        "probability of misogyny: what the traffic of a service is compared with. Datasets hold "
        "more abuse than most traffic.\n"
    )
    return f"{text}\n{_table(head, rows)}"


def _datasets(counts: pd.DataFrame) -> str:
    train = counts[(counts["label"] == "misogyny") & (counts["split"] == "train")]
    sums = train.groupby("source")[["rows", "positives"]].sum()
    sources = load_sources()
    rows = [
        (
            name,
            sources[name].tier,
            sources[name].licence,
            ", ".join(sources[name].languages),
            f"{row['rows']:,}",
            f"{row['positives']:,}",
            sources[name].citation,
        )
        for name, row in sums.iterrows()
    ]
    head = ("dataset", "tier", "licence", "languages", "train rows", "positives", "citation")
    return f"## Training data\n\n{_table(head, rows)}"


def _table(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *(list(row) for row in rows)]
    return "".join("| " + " | ".join(_cell(x) for x in line) + " |\n" for line in lines)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
