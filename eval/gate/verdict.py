"""Findings → whether the challenger may be promoted, and why not.

In: what was found, and the two models. Out: `Gate`, the content of gate.json, which
`modsvc.registry.records.Verdict` reads, too. Showing it is left to `eval.gate.page`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from eval.gate.finding import ALL, JUDGED, NAMES, Finding, Untested
from eval.gate.holm import adjusted
from modsvc.digests import file_sha256
from modsvc.engine.artifact import MANIFEST_FILE, Artifact


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with its p-value adjusted for the number of all of them."""

    finding: Finding
    adjusted: float
    worse: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """What was compared, found and decided; `dropped` are languages that lost their support."""

    champion: Artifact
    challenger: Artifact
    judged: Sequence[Judged]
    untested: Sequence[Untested]
    dropped: Sequence[str]
    method: Mapping[str, Any]

    @property
    def worse(self) -> list[Judged]:
        """What speaks against the challenger, the greatest loss first."""
        return sorted((one for one in self.judged if one.worse), key=lambda one: one.finding.gain)

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against it, and there was enough to speak."""
        return not self.reasons

    @property
    def reasons(self) -> list[str]:
        """Why it was refused, a sentence each; empty where it was not."""
        lost = "the champion supports this language, the challenger does not"
        reasons = [f"{said(one)}; {self.cause(one)}" for one in self.worse]
        reasons += [f"{code}: {lost}" for code in self.dropped]
        if not any(one.finding.part in ("gold", "reviewed") for one in self.judged):
            reasons.append("no language has enough gold or reviewed texts to tell")
        return reasons

    def cause(self, one: Judged) -> str:
        """What the other figures of the language tell of a loss."""
        before, after = one.finding.flagged
        shares = f"it would flag {after:.1%} of these texts instead of {before:.1%}"
        if one.finding.metric != JUDGED[0]:
            return shares
        ranking = [
            other
            for other in self.judged
            if (other.finding.part, other.finding.language, other.finding.metric)
            == (one.finding.part, one.finding.language, JUDGED[1])
        ]
        if any(other.worse for other in ranking):
            return f"{shares}, and tells them apart less well"
        return f"{shares}, and ranks them no worse: look at the calibration and thresholds"

    def to_json(self) -> dict[str, Any]:
        """The content of gate.json."""
        return {
            "schema_version": 1,
            "kind": "gate",
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "challenger": _side(self.challenger),
            "champion": _side(self.champion),
            "passed": self.passed,
            "reasons": self.reasons,
            "method": dict(self.method),
            "dropped": list(self.dropped),
            "findings": [
                {
                    **_rounded(one.finding),
                    "adjusted": float(f"{one.adjusted:.4g}"),
                    "worse": one.worse,
                }
                for one in self.judged
            ],
            "untested": [asdict(one) for one in self.untested],
        }


def judge(
    champion: Artifact,
    challenger: Artifact,
    findings: Sequence[Finding],
    untested: Sequence[Untested],
    *,
    alpha: float,
    method: Mapping[str, Any],
) -> Gate:
    """Adjust for the number of findings, and hold each against `alpha`."""
    levels = adjusted([one.p for one in findings])
    judged = [
        Judged(one, level, level < alpha) for one, level in zip(findings, levels, strict=True)
    ]
    return Gate(champion, challenger, judged, untested, _dropped(champion, challenger), method)


def said(one: Judged) -> str:
    """A finding as a sentence: which language, by how much, and how sure that is."""
    found = one.finding
    language = "all languages" if found.language == ALL else found.language
    moved = "rose" if found.challenger > found.champion else "fell"
    text = (
        f"{language} ({found.part}): {NAMES[found.metric]} {moved} from {found.champion:.3f} to "
        f"{found.challenger:.3f}, by {abs(found.challenger - found.champion):.3f}"
    )
    if found.interval is not None:
        low, high = sorted(abs(bound) for bound in found.interval)
        text += f" (95 % interval {low:.3f} to {high:.3f})"
    sure = "below 0.0001" if one.adjusted < 1e-4 else f"{one.adjusted:.4f}"
    return f"{text} on {found.support:,} texts, adjusted p {sure}"


def _dropped(champion: Artifact, challenger: Artifact) -> list[str]:
    after = challenger.manifest.languages
    return sorted(
        code
        for code, known in champion.manifest.languages.items()
        if known.supported and not (code in after and after[code].supported)
    )


def _side(artifact: Artifact) -> dict[str, str]:
    return {
        "model_version": artifact.model_version,
        "manifest_sha256": file_sha256(artifact.path / MANIFEST_FILE),
    }


def _rounded(finding: Finding) -> dict[str, Any]:
    values = asdict(finding)
    for name in ("champion", "challenger", "gain"):
        values[name] = round(values[name], 5)
    for name in ("interval", "flagged"):
        values[name] = values[name] and [round(bound, 5) for bound in values[name]]
    return {**values, "p": float(f"{finding.p:.4g}")}
