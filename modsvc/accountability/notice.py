"""A statement of reasons in words, for the person whose text it is (Article 17 DSA).

In: a `Statement` and the `Terms` it was made under. Out: plain English text; delivering it, and
translating it, is left to the platform.
"""

from collections.abc import Iterable
from typing import Final

from modsvc.accountability.dsa_statement import Statement
from modsvc.accountability.statements import Terms

_PREFIXES: Final = ("DECISION_VISIBILITY_", "AUTOMATED_DECISION_", "SOURCE_TYPE_", "SOURCE_")


def notice(statement: Statement, terms: Terms) -> str:
    """The statement in words, a line for each thing that Article 17(3) asks for."""
    ground = statement.illegal_content_legal_ground or statement.incompatible_content_ground
    why = statement.illegal_content_explanation or statement.incompatible_content_explanation
    against = "the law" if statement.illegal_content_legal_ground else "our terms"
    lines = [
        f"Statement of reasons {statement.puid}",
        "",
        f"What was done: {_restriction(statement)}.",
        f"Facts: {statement.decision_facts}",
        f"Source: {_spoken([statement.source_type])}.",
        f"Found by automated means: {statement.automated_detection.lower()}.",
        f"Decided by automated means: {_spoken([statement.automated_decision])}.",
        f"Ground: against {against}: {ground}",
        f"Why: {why}",
        f"What you can do: {terms.redress}",
    ]
    return "\n".join(lines) + "\n"


def _restriction(statement: Statement) -> str:
    what = _spoken(statement.decision_visibility or ())
    if statement.decision_visibility_other is not None:
        what += f" ({statement.decision_visibility_other})"
    end = statement.end_date_visibility_restriction
    until = "until further notice" if end is None else f"to {end}"
    where = ", ".join(sorted(statement.territorial_scope))
    return f"{what}, from {statement.application_date} {until}, in {where}"


def _spoken(names: Iterable[str]) -> str:
    """Names of the database as words: without what all of a kind begin with."""
    spoken = []
    for name in names:
        prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
        spoken.append(name.removeprefix(prefix).replace("_", " ").lower())
    return ", ".join(spoken)
