"""One statement of reasons as the EU's DSA Transparency Database takes it, and batches of them.

In: the fields of a statement. Out: `Statement`, which obeys the published rules, or an error
that names the field; `batches` of at most 100 for its `/statements` endpoint. Its words and
their source are in `dsa_terms`. Where the documentation is stricter than the validation code
(a territorial scope is required; no restriction ends before it begins), the documentation is
followed. A field that the database leaves out for want of its condition is left out here too.
Filling in a statement from a decision is left to `statements`, sending it to the platform.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from modsvc.accountability import dsa_terms as terms

#: The most statements that one request may hold.
BATCH: Final = 100

_LAST: Final = date(2038, 1, 1)

Text500 = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Text2000 = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Text5000 = Annotated[str, StringConstraints(min_length=1, max_length=5000)]
EndDate = Annotated[date, Field(le=_LAST)]


def _url(value: str) -> str:
    TypeAdapter(AnyHttpUrl).validate_python(value)
    return value


def _language(value: str) -> str:
    if value not in terms.LANGUAGES:
        raise ValueError("must be an ISO 639-1 code in capitals")
    return value


def _country(value: str) -> str:
    if value not in terms.COUNTRIES:
        raise ValueError("must be the ISO 3166-1 code of a country of the EEA")
    return value


Url = Annotated[Text500, AfterValidator(_url)]
Language = Annotated[str, AfterValidator(_language)]
Country = Annotated[str, AfterValidator(_country)]

#: field → (the field it depends on, the value that this one has or contains).
_ONLY_WITH: Final[Mapping[str, tuple[str, str]]] = {
    "decision_visibility_other": ("decision_visibility", "DECISION_VISIBILITY_OTHER"),
    "decision_monetary_other": ("decision_monetary", "DECISION_MONETARY_OTHER"),
    "illegal_content_legal_ground": ("decision_ground", "DECISION_GROUND_ILLEGAL_CONTENT"),
    "illegal_content_explanation": ("decision_ground", "DECISION_GROUND_ILLEGAL_CONTENT"),
    "incompatible_content_ground": ("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT"),
    "incompatible_content_explanation": ("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT"),
    "incompatible_content_illegal": ("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT"),
    "content_type_other": ("content_type", "CONTENT_TYPE_OTHER"),
    "category_specification_other": ("category_specification", "KEYWORD_OTHER"),
}

#: Of those, what may be missing although its condition is met.
_OPTIONAL: Final = {"incompatible_content_illegal", "category_specification_other"}

_RESTRICTIONS: Final = (
    "decision_visibility",
    "decision_monetary",
    "decision_provision",
    "decision_account",
)

_ENDS: Final = (
    "end_date_visibility_restriction",
    "end_date_monetary_restriction",
    "end_date_service_restriction",
    "end_date_account_restriction",
)


class Statement(BaseModel):
    """A statement of reasons that the database takes. It must hold no personal data."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    decision_visibility: tuple[terms.DecisionVisibility, ...] | None = None
    decision_visibility_other: Text500 | None = None
    decision_monetary: terms.DecisionMonetary | None = None
    decision_monetary_other: Text500 | None = None
    decision_provision: terms.DecisionProvision | None = None
    decision_account: terms.DecisionAccount | None = None
    account_type: terms.AccountType | None = None

    decision_ground: terms.DecisionGround
    decision_ground_reference_url: Url | None = None
    illegal_content_legal_ground: Text500 | None = None
    illegal_content_explanation: Text2000 | None = None
    incompatible_content_ground: Text500 | None = None
    incompatible_content_explanation: Text2000 | None = None
    incompatible_content_illegal: terms.YesNo | None = None

    content_type: Annotated[tuple[terms.ContentType, ...], Field(min_length=1)]
    content_type_other: Text500 | None = None
    content_id: dict[Literal["EAN-13"], Annotated[str, Field(pattern=r"^\d{13}$")]] | None = None
    content_language: Language | None = None
    content_date: Annotated[date, Field(ge=date(2000, 1, 1), le=_LAST)]

    category: terms.Category
    category_addition: tuple[terms.Category, ...] = ()
    category_specification: tuple[terms.Keyword, ...] = ()
    category_specification_other: Text500 | None = None

    territorial_scope: Annotated[tuple[Country, ...], Field(min_length=1)]
    application_date: Annotated[date, Field(ge=date(2020, 1, 1), le=_LAST)]
    end_date_visibility_restriction: EndDate | None = None
    end_date_monetary_restriction: EndDate | None = None
    end_date_service_restriction: EndDate | None = None
    end_date_account_restriction: EndDate | None = None

    decision_facts: Text5000
    source_type: terms.SourceType
    source_identity: Text500 | None = None
    automated_detection: terms.YesNo
    automated_decision: terms.AutomatedDecision
    puid: Annotated[str, StringConstraints(max_length=500, pattern=r"\A[a-zA-Z0-9_-]+\z")]

    @model_validator(mode="before")
    @classmethod
    def _without_what_the_database_drops(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        given = {name: value for name, value in data.items() if value not in (None, "", [], ())}
        kept = {name: value for name, value in given.items() if _is_met(given, name)}
        if kept.get("source_type") == "SOURCE_VOLUNTARY":
            kept.pop("source_identity", None)
        return kept

    @model_validator(mode="after")
    def _conditions(self) -> Self:
        if not any(getattr(self, name) for name in _RESTRICTIONS):
            raise ValueError(f"one of {', '.join(_RESTRICTIONS)} is required")
        for name in _ONLY_WITH.keys() - _OPTIONAL:
            other, value = _ONLY_WITH[name]
            if _holds(getattr(self, other), value) and getattr(self, name) is None:
                raise ValueError(f"{name} is required when {other} is {value}")
        for name in _ENDS:
            end = getattr(self, name)
            if end is not None and end < self.application_date:
                raise ValueError(f"{name} is before application_date")
        return self

    def payload(self) -> dict[str, Any]:
        """The JSON object to send; lists are sorted, and what is not said is left out."""
        written = self.model_dump(mode="json", exclude_none=True)
        return {
            name: sorted(value) if isinstance(value, list) else value
            for name, value in written.items()
            if value != []
        }


def batches(statements: Sequence[Statement]) -> Iterator[dict[str, Any]]:
    """Request bodies of at most 100 statements each. Raises ValueError on a repeated puid."""
    seen = {statement.puid for statement in statements}
    if len(seen) != len(statements):
        raise ValueError("two statements have the same puid")
    for start in range(0, len(statements), BATCH):
        some = statements[start : start + BATCH]
        yield {"statements": [statement.payload() for statement in some]}


def _is_met(given: Mapping[str, Any], name: str) -> bool:
    if name not in _ONLY_WITH:
        return True
    other, value = _ONLY_WITH[name]
    return _holds(given.get(other), value)


def _holds(found: Any, value: str) -> bool:
    return found == value or (isinstance(found, list | tuple) and value in found)
