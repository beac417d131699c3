"""The model card, generated from the run.

In: the manifest's fields, the corpus's counts, the calibration and the reports.
Out: Markdown (after Mitchell et al. 2019, "Model Cards for Model Reporting").
Nothing in it is typed by hand but the paragraphs on use and limits. What was measured is in
`training.card_results`.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from modsvc.engine.manifest import SCORE_BINS
from modsvc.labels import DEFINITIONS, LABELS
from training.card_results import (
    authored_sentences,
    beside_another,
    functional_suites,
    neutral_texts,
    results,
)
from training.catalogue import load_sources
from training.markdown import table
from training.thresholds_table import recalibrated_section

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
        results(reports),
        beside_another(reports, beside) if beside else "",
        authored_sentences(reports),
        functional_suites(reports),
        neutral_texts(reports),
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
    return table(("fact", "value"), lines)


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
    return f"## Outputs\n\n{table(head, rows)}\n{note}"


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
    return f"{text}\n{table(head, rows)}"


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
    return f"{text}\n{table(head, rows)}"


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
    return f"## Training data\n\n{table(head, rows)}"
