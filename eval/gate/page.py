"""The gate's report for people: Markdown, which says the verdict first.

In: a `Gate`. Out: text without any of the corpus's.
"""

from eval.gate.finding import ALL, NAMES, Part
from eval.gate.verdict import Gate, Judged

_TITLES: dict[Part, str] = {
    "gold": "Gold labels",
    "reviewed": "What reviewers decided",
    "neutral": "Neutral texts, which nobody labelled",
    "functional": "The project's own cases",
}


def render(gate: Gate) -> str:
    """The whole page."""
    verdict = "passed" if gate.passed else "refused"
    lines = [
        f"# {gate.challenger.model_version} against {gate.champion.model_version}: {verdict}",
        "",
        *(["No language is significantly worse.", ""] if gate.passed else []),
        *(f"- **{reason}**" for reason in gate.reasons),
        *([] if gate.passed else [""]),
        f"{len(gate.judged)} comparisons by paired bootstrap ({gate.method['resamples']} "
        f"resamples), one-sided, corrected by Holm's method at {gate.method['alpha']}; losses of "
        f"up to {gate.method['tolerance']} are tolerated. Split {gate.method['split']}.",
    ]
    if gate.method["corpus_sha256"] is None:
        lines += ["", "**Without a corpus: nothing was compared on gold labels.**"]
    if gate.method["left_out"]:
        lines += [
            "",
            f"{gate.method['left_out']} reviewed texts that it learnt from were left out.",
        ]
    for part, title in _TITLES.items():
        rows = [one for one in gate.judged if one.finding.part == part]
        if rows:
            lines += ["", f"## {title}", "", *_table(rows)]
    if gate.untested:
        lines += ["", "## Too few texts to tell", ""]
        lines += [f"- {one.language} ({one.part}): {one.reason}" for one in gate.untested]
    return "\n".join(lines) + "\n"


def _table(rows: list[Judged]) -> list[str]:
    lines = [
        "| Language | Figure | Texts | Champion | Challenger | Difference, 95 % interval | Flags "
        "| Adjusted p | |",
        "|---|---|---:|---:|---:|---|---|---:|---|",
    ]
    for one in rows:
        found = one.finding
        change = f"{found.challenger - found.champion:+.3f}"
        if found.interval is not None:
            change += f" [{found.interval[0]:+.3f}, {found.interval[1]:+.3f}]"
        lines.append(
            f"| {'all languages' if found.language == ALL else found.language} "
            f"| {NAMES[found.metric]} | {found.support:,} | {found.champion:.3f} "
            f"| {found.challenger:.3f} | {change} "
            f"| {found.flagged[0]:.1%} → {found.flagged[1]:.1%} | {one.adjusted:.4f} "
            f"| {'**worse**' if one.worse else ''} |"
        )
    return lines
