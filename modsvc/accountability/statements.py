"""From stored decisions to statements of reasons.

In: restrictions, and the `Terms` in which the operator says what no stored row can tell:
where the restriction applies, on which ground, what the platform does with such a text, how
to seek redress. Nothing of that has a default. Out: a `Statement` each, which holds neither
the text nor its author or reviewer. The same in words is left to `notice`.
"""

import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from modsvc.accountability import dsa_terms
from modsvc.accountability.dsa_mapping import classify
from modsvc.accountability.dsa_statement import Country, Statement, Text500, Text2000, Url
from modsvc.accountability.outcomes import Restriction
from modsvc.errors import AccountabilityError
from modsvc.labels import DEFINITIONS
from modsvc.store.tables import Decision


class Terms(BaseModel):
    """What only the operator knows; `redress` is for the notice, the rest for both.

    `content_date_if_unknown` says what to do where a platform did not send `created_at`:
    state the day on which the text was received, or refuse to make a statement.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    territorial_scope: Annotated[tuple[Country, ...], Field(min_length=1)]
    source_type: dsa_terms.SourceType
    source_identity: Text500 | None = None
    account_type: dsa_terms.AccountType | None = None
    decision_visibility: Annotated[tuple[dsa_terms.DecisionVisibility, ...], Field(min_length=1)]
    decision_visibility_other: Text500 | None = None
    decision_ground: dsa_terms.DecisionGround
    decision_ground_reference_url: Url | None = None
    illegal_content_legal_ground: Text500 | None = None
    illegal_content_explanation: Text2000 | None = None
    incompatible_content_ground: Text500 | None = None
    incompatible_content_explanation: Text2000 | None = None
    incompatible_content_illegal: dsa_terms.YesNo | None = None
    content_date_if_unknown: Literal["received", "refuse"]
    redress: Annotated[str, Field(min_length=1)]


#: The fields of `Terms` that no statement has.
_NOT_STATED: Final = {"content_date_if_unknown", "redress"}


class Refused(NamedTuple):
    """A decision (its id) that no statement can be made of, and why."""

    decision: str
    why: str


class Stated(NamedTuple):
    """The statements that could be made, and the decisions that are left."""

    statements: list[Statement]
    refused: list[Refused]


def load_terms(path: Path) -> Terms:
    """The terms in a TOML file. Raises AccountabilityError, which names the key."""
    try:
        return Terms.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AccountabilityError(f"Cannot read {path} as TOML: {error}.") from error
    except ValidationError as error:
        raise AccountabilityError(f"{path}: {_faults(error)}: correct it.") from error


def state(restriction: Restriction, terms: Terms) -> Statement:
    """The statement of one restriction; its puid is the decision's id.

    Raises AccountabilityError, which names the field.
    """
    decision = restriction.decision
    kind = classify(restriction.labels)
    fields: dict[str, Any] = {
        **terms.model_dump(exclude=_NOT_STATED),
        "content_type": ("CONTENT_TYPE_TEXT",),
        "content_date": _content_date(restriction, terms),
        "content_language": _language(decision),
        "category": kind.category,
        "category_addition": kind.additions,
        "category_specification": kind.keywords,
        "application_date": restriction.since.date(),
        "decision_facts": _facts(restriction),
        "automated_detection": "Yes" if decision.score_failed is None else "No",
        "automated_decision": _automation(restriction),
        "puid": decision.id,
    }
    try:
        return Statement.model_validate(fields)
    except ValidationError as error:
        raise AccountabilityError(
            f"Decision {decision.id} cannot be stated: {_faults(error)}."
        ) from error


def state_all(restrictions: Iterable[Restriction], terms: Terms) -> Stated:
    """The statements of many restrictions; those that cannot be made are listed with reasons."""
    stated = Stated([], [])
    for restriction in restrictions:
        try:
            stated.statements.append(state(restriction, terms))
        except AccountabilityError as error:
            stated.refused.append(Refused(restriction.decision.id, str(error)))
    return stated


def _content_date(restriction: Restriction, terms: Terms) -> date:
    content = restriction.content
    if content.created_at is not None:
        return content.created_at.date()
    if terms.content_date_if_unknown == "received":
        return content.received_at.date()
    raise AccountabilityError(
        f"Decision {restriction.decision.id} cannot be stated: its content came without "
        "created_at; have the platform send it, or set content_date_if_unknown = "
        '"received".'
    )


def _language(decision: Decision) -> str | None:
    code = decision.language.partition("-")[0].upper()
    return code if code in dsa_terms.LANGUAGES else None


def _automation(restriction: Restriction) -> dsa_terms.AutomatedDecision:
    if restriction.confirmed_at is None:
        return "AUTOMATED_DECISION_FULLY"
    if restriction.decision.score_failed is None:
        # Whoever reviews sees the score and the parts of the text that it comes from.
        return "AUTOMATED_DECISION_PARTIALLY"
    return "AUTOMATED_DECISION_NOT_AUTOMATED"


def _facts(restriction: Restriction) -> str:
    decision = restriction.decision
    if decision.score_failed is None:
        said = f"A classifier (model {decision.model_version}) read the text, in {_named(decision)}"
    else:
        said = "The text was sent to review because the classifier could not read it"
    found = "; ".join(
        f"{label}: {DEFINITIONS[label]}" for label in restriction.labels if label in DEFINITIONS
    )
    if found:
        said += f". It was found to be {found}"
    said += f". The policy {decision.policy_version} applied"
    if restriction.confirmed_at is None:
        return f"{said}, and no person has looked at it yet."
    return f"{said}, and a reviewer confirmed the restriction on {restriction.confirmed_at.date()}."


def _named(decision: Decision) -> str:
    return "a language that was not recognised" if decision.language == "und" else decision.language


def _faults(error: ValidationError) -> str:
    # Without what was given: it may be somebody's words.
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    named = [(".".join(str(part) for part in fault["loc"]), fault["msg"]) for fault in faults]
    return "; ".join(f"{name}: {message}" if name else message for name, message in named)
