"""The wire format of `/v1/score` and of problems: what OpenAPI shows is what is checked.

In: request bodies as bytes. Out: validated models, and models that become answers.
Limits that a deployment may set are left to `modsvc.api.score`; the mapping from errors
to problems to `modsvc.api.errors`.
"""

import re
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    FailFast,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
)

from modsvc.settings import ITEMS_CEILING
from modsvc.types import Action

T = TypeVar("T")

#: In a schema: the setting that limits it, which `modsvc.api.document` writes as a number.
LIMIT: Final = "x-modsvc-limit"
LIMITED_TEXT: Final[dict[str, Any]] = {LIMIT: "max_text_chars"}
LIMITED_LIST: Final[dict[str, Any]] = {LIMIT: "max_items"}

#: Probabilities are rounded to this many places, unless a key gets fewer; the engine promises
#: three.
PLACES: Final = 6

LanguageTag = Annotated[
    str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$", examples=["es", "pt-BR"])
]


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _written(value: object) -> object:
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError("write it as RFC 3339 does, such as 2026-03-01T12:00:00Z")
    return value


_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")

#: Of times, which are not strict, as JSON has none: "1700000000" may be seconds or thousandths.
WRITTEN: Final = BeforeValidator(_written)

#: JSON has one kind of numbers: 2.0 is as whole as 2.
WHOLE: Final = BeforeValidator(_whole)


class Request(BaseModel):
    """What callers send: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    """What callers get."""

    model_config = ConfigDict(frozen=True)


def never_null(schema: dict[str, Any], *names: str) -> None:
    """In a model's schema: None stands for what was not sent, and cannot be sent itself."""
    for name in names:
        field = schema["properties"][name]
        field.pop("default", None)
        field |= next(one for one in field.pop("anyOf") if one != {"type": "null"})


class ScoreContext(Request):
    """Where a text stands."""

    parent: str | None = Field(
        default=None,
        description="The text that this one replies to: read, not judged. Its start is enough.",
        json_schema_extra=LIMITED_TEXT,
    )


class ScoreItem(Request):
    """One text to score."""

    text: str = Field(
        description="At most MODSVC_MAX_TEXT_CHARS characters (20,480).",
        json_schema_extra=LIMITED_TEXT,
    )
    id: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, description="Yours; comes back with the result."
    )
    language: LanguageTag | None = Field(
        default=None, description="BCP-47. Given, it wins over detection."
    )
    community: Annotated[str, Field(max_length=128)] | None = Field(
        default=None, description="Chooses the policy's rules for that community."
    )
    context: ScoreContext | None = Field(
        default=None, description="What the text is said to; decides what is ambiguous alone."
    )
    explain: bool = Field(
        default=False, description="Whether to say which parts of the text the score comes from."
    )


class ScoreItems(Request):
    """Several texts to score; the results come in the same order."""

    # FailFast, because a megabyte of wrong items would otherwise be a million messages.
    items: Annotated[list[ScoreItem], FailFast()] = Field(
        min_length=1,
        max_length=ITEMS_CEILING,
        description="At most MODSVC_MAX_ITEMS items (128).",
        json_schema_extra=LIMITED_LIST,
    )


class Categories(Answer):
    """Calibrated probabilities in [0, 1]; null when the text was not scored."""

    threats: float | None
    image_abuse: float | None
    derogation: float | None
    objectification: float | None
    stereotyping: float | None
    prejudiced_discussion: float | None


class TextSpan(Answer):
    """A part of the text as you sent it; `end` is the place after its last character."""

    start: int = Field(description="In code points, as Python counts.")
    end: int
    utf16_start: int = Field(description="In UTF-16 code units, as JavaScript and Java count.")
    utf16_end: int
    weights: dict[str, float] = Field(
        description="By how much the probability of misogyny, or of a category, falls without it."
    )


class ScoreResult(Answer):
    """What the model says of one text, and what the policy makes of it.

    `probability` (of misogyny) and the others are calibrated and lie in [0, 1]; they are
    null when the model failed and the policy sends such texts to review.
    """

    id: str | None
    probability: float | None
    flagged: bool = Field(description='`action` is not "allow".')
    action: Action
    reason_codes: list[str]
    categories: Categories
    toxic_other: float | None
    language: str = Field(description="BCP-47; `und` when there are no letters.")
    language_confidence: float = Field(description="In [0, 1]; 1 when the caller gave it.")
    supported: bool = Field(description="Whether the model was measured on this language.")
    truncated: bool = Field(description="Whether the end of the text was not read.")
    early: bool = Field(description="Whether the lower layers alone found it harmless.")
    reason: str | None = Field(description="`no_text`, `engine_failure`, `deadline_exceeded`.")
    spans: list[TextSpan] | None = Field(
        description="With `explain`, at most three, the heaviest first; null without."
    )


class ScoreResponse(Answer):
    """The answer of `/v1/score`: one result per item, in the order of the items."""

    model_version: str
    policy_version: str
    results: list[ScoreResult]


class ProblemError(Answer):
    """One thing that is wrong with a request. `at` is a path such as `items.0.text`."""

    at: str
    message: str


class Problem(Answer):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    errors: list[ProblemError] | None = None


class Health(Answer):
    """The answer of `/healthz` and of a positive `/readyz`."""

    status: str
    model_version: str
    policy_version: str


def shape_of(value: Any) -> str:
    """Whether a body is one item or several, for a union that is told apart by that."""
    return "items" if isinstance(value, dict) and "items" in value else "item"


ScoreBody = Annotated[
    Annotated[ScoreItem, Tag("item")] | Annotated[ScoreItems, Tag("items")],
    Discriminator(shape_of),
]
_BODY: Final[TypeAdapter[ScoreItem | ScoreItems]] = TypeAdapter(ScoreBody)

_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def parse_body(raw: bytes) -> list[ScoreItem]:
    """The items of a request body, one or many. Raises pydantic's ValidationError."""
    body = parse_with(_BODY, raw)
    return body.items if isinstance(body, ScoreItems) else [body]


def parse_with(adapter: TypeAdapter[T], raw: bytes) -> T:
    """JSON bytes as the adapter's type. Raises pydantic's ValidationError."""
    try:
        return adapter.validate_json(raw)
    except ValidationError:
        mended = replace_lone_surrogates(raw)
        if mended == raw:
            raise
        return adapter.validate_json(mended)


def replace_lone_surrogates(raw: bytes) -> bytes:
    r"""JSON bytes with each `\uD800`-like escape that has no partner made `\ufffd`.

    Clients that cut a string in the middle of an emoji send these, and JSON.stringify
    escapes them; the text around them still has to be judged.
    """
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], raw)
