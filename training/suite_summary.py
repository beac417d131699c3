"""What the functional suites said of a model, in the few figures that the README repeats.

In: reports with their `functional` section (`eval.functional.report`). Out: counts for the
manifest, and the README's words about them. The whole tables are in the card and the reports.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from eval.functional.run import totals
from eval.functional.suite import MUST_ALLOW, MUST_FLAG

#: How many of the weakest functionalities and languages are named.
NAMED: Final = 4

Counts = list[int]


def suites_section(reports: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the suites gave, None where none were run: it is the same in every report."""
    functional: Mapping[str, Any] | None = next(iter(reports["open"].values())).get("functional")
    return functional


def summary(functional: Mapping[str, Any]) -> dict[str, Any]:
    """`[right, cases]` of both kinds of cases, by functionality and by language, and of replies.

    `evasions` has the share of recall lost and of false alarms gained, over all languages.
    """
    table = functional["accuracy"]
    kinds = {name: _sum(totals(table, [name]).values()) for name in table}
    replies = functional["context"].get("all", {"right": 0, "cases": 0})
    return {
        "flagged": _sum(totals(table, MUST_FLAG).values()),
        "allowed": _sum(totals(table, MUST_ALLOW).values()),
        "by_functionality": kinds,
        "by_language": dict(sorted(totals(table).items())),
        "evasions": {
            name: {key: row["all"][key] for key in ("recall_lost", "alarms_gained")}
            for name, row in functional["evasions"].items()
        },
        "replies": [replies["right"], replies["cases"]],
    }


def words(suites: Mapping[str, Any]) -> str:
    """Markdown, a paragraph: what is right of all, what is weakest, and what disguises do."""
    flagged, allowed, replies = suites["flagged"], suites["allowed"], suites["replies"]
    kinds = [
        f"{name.replace('_', ' ')} ({right} of {cases})"
        for name, (right, cases) in _weakest(suites["by_functionality"])
    ]
    languages = [
        f"{name} ({right / cases:.0%})" for name, (right, cases) in _weakest(suites["by_language"])
    ]
    parts = [
        f"On functional suites in {len(suites['by_language'])} languages, written by the project "
        "and not verified by native speakers ([how](docs/authored.md)), it flags "
        f"{flagged[0]} of {flagged[1]} cases that must be flagged and lets {allowed[0]} of "
        f"{allowed[1]} pass that must pass (`python -m eval functional`).",
        f"Weakest are {_listed(kinds)}, and of the languages {_listed(languages)}.",
    ]
    if suites["evasions"]:
        lost, loser = _most(suites["evasions"], "recall_lost")
        gained, gainer = _most(suites["evasions"], "alarms_gained")
        parts.append(
            f"In disguise it loses at most {lost} points of recall on average ({loser}) and flags "
            f"at most {gained} in a hundred harmless texts more ({gainer})."
        )
    if replies[1]:
        parts.append(
            f"Of {replies[1]} replies that only their parent decides it judges {replies[0]} "
            f"rightly ({replies[1] // 2} would be chance)."
        )
    return "\n".join(parts) + "\n"


def _sum(cells: Iterable[Counts]) -> Counts:
    pairs = list(cells)
    return [sum(right for right, _ in pairs), sum(cases for _, cases in pairs)]


def _weakest(counts: Mapping[str, Counts]) -> list[tuple[str, Counts]]:
    return sorted(counts.items(), key=lambda item: item[1][0] / item[1][1])[:NAMED]


def _most(evasions: Mapping[str, Mapping[str, float]], key: str) -> tuple[int, str]:
    """The greatest figure in points of a hundred, and the evasion's name."""
    name = max(evasions, key=lambda evasion: evasions[evasion][key])
    return round(100 * evasions[name][key]), name.replace("_", " ")


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
