"""The wire format of `/v1/content`.

In: request bodies as bytes. Out: validated models, and models that document the answers,
which are made of rows by `modsvc.store.wire`.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, Discriminator, FailFast, Field, Tag, TypeAdapter

from modsvc.api.schemas import (
    LIMITED_LIST,
    LIMITED_TEXT,
    WRITTEN,
    Answer,
    Categories,
    LanguageTag,
    Request,
    ScoreContext,
    parse_with,
    shape_of,
)
from modsvc.settings import ITEMS_CEILING
from modsvc.types import Action

#: What a query or a path may hold in any client and every database.
PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"


def _fit_for_a_path(value: str) -> str:
    if "/" in value or value in (".", ".."):
        raise ValueError('must not contain "/", nor be "." or ".."')
    return value


#: The same and `_fit_for_a_path`, in what clients' validators read.
_PLAIN_PART: Final = r"^(?!\.{1,2}$)[^/\x00-\x1f\x7f]+$"

ContentId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        pattern=PLAIN,
        json_schema_extra={"pattern": _PLAIN_PART},
    ),
    AfterValidator(_fit_for_a_path),
]
Community = Annotated[str, Field(max_length=128, pattern=PLAIN)]


class ContentItem(Request):
    """One text of yours, to be judged, kept and, where need be, reviewed."""

    content_id: ContentId = Field(description="Yours: one text, all of its versions.")
    text: str = Field(
        description="At most MODSVC_MAX_TEXT_CHARS characters (20,480).",
        json_schema_extra=LIMITED_TEXT,
    )
    language: LanguageTag | None = Field(
        default=None, description="BCP-47. Given, it wins over detection."
    )
    author_id: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="Yours; kept as a keyed hash alone."
    )
    community: Community | None = Field(
        default=None, description="Chooses rules, webhooks and queue; content ids are its own."
    )
    context: ScoreContext | None = Field(default=None, description="What the text is said to.")
    url: Annotated[str, Field(max_length=2048, pattern=PLAIN)] | None = Field(
        default=None, description="Where reviewers find it in its place."
    )
    created_at: (
        Annotated[
            AwareDatetime,
            Field(
                strict=False,
                ge=datetime(1970, 1, 1, tzinfo=UTC),
                lt=datetime(2200, 1, 1, tzinfo=UTC),
            ),
            WRITTEN,
        ]
        | None
    ) = Field(default=None, description="When it was written, RFC 3339 with a time zone.")


class ContentItems(Request):
    """Several texts; the answers come in the same order."""

    items: Annotated[list[ContentItem], FailFast()] = Field(
        min_length=1,
        max_length=ITEMS_CEILING,
        description="At most MODSVC_MAX_ITEMS items (128).",
        json_schema_extra=LIMITED_LIST,
    )


class KeptDecision(Answer):
    """A decision as it was made and kept; probabilities are null where the model failed."""

    id: str
    action: Action
    flagged: bool
    reason_codes: list[str]
    probability: float | None
    categories: Categories | None
    toxic_other: float | None
    language: str
    language_confidence: float
    supported: bool
    truncated: bool
    score_failed: str | None = Field(description="`engine_failure`, `deadline_exceeded` or null.")
    model_version: str
    policy_version: str
    decided_at: str


class KeptVersion(Answer):
    """Which version of which content it is about."""

    id: str = Field(description="Your `content_id`.")
    community: str
    version: int = Field(description="1, and one more for each edit.")


class KeptContent(KeptVersion):
    """One version of one content, what was decided, and the review item, if there is one."""

    decision: KeptDecision
    item: str | None


class UndecidedContent(KeptVersion):
    """One version of one content about which nothing is decided."""

    status: Literal["waiting", "withdrawn"] = Field(
        description="`waiting` for its decision; or `withdrawn`: its words were erased before."
    )
    decision: None
    item: None


Kept = KeptContent | UndecidedContent

#: For what is made of rows.
KEPT: Final[TypeAdapter[Kept]] = TypeAdapter(Kept)


class ContentAnswer(Answer):
    """One result per item, in the order of the items. All of it is committed."""

    items: list[Kept]


class ContentEvent(Answer):
    """Something that happened to a version of a content."""

    seq: int = Field(description="Its number in the record of all events.")
    at: str
    version: int
    kind: str
    actor: str = Field(description="A key's or an account's id, `system`, or `local`.")
    item: str | None
    data: dict[str, Any]


class ContentState(KeptVersion):
    """The latest version of a content: what was decided, and what holds now."""

    decision: KeptDecision | None = Field(description="Null where nothing is decided.")
    item: str | None
    status: str = Field(
        description="`waiting`, `withdrawn`, `decided`, `pending`, `upheld`, `overturned`, "
        "`escalated`."
    )
    action: Action | None = Field(
        description="What to do with the text now; null where nothing is decided."
    )
    categories: list[str] | None = Field(description="As reviewers found; null until they did.")
    received_at: str
    erased_at: str | None
    events: list[ContentEvent] = Field(description="Of all versions, the first one first.")


class Erased(Answer):
    """What was forgotten."""

    erased: int = Field(description="Versions of texts that still had their words.")


ContentBody = Annotated[
    Annotated[ContentItem, Tag("item")] | Annotated[ContentItems, Tag("items")],
    Discriminator(shape_of),
]
_BODY: Final[TypeAdapter[ContentItem | ContentItems]] = TypeAdapter(ContentBody)
_ITEM: Final[TypeAdapter[ContentItem]] = TypeAdapter(ContentItem)


def parse_content(raw: bytes) -> list[ContentItem]:
    """The items of a request body, one or many. Raises pydantic's ValidationError."""
    body = parse_with(_BODY, raw)
    return body.items if isinstance(body, ContentItems) else [body]


def parse_content_item(raw: bytes) -> ContentItem:
    """One item, as a message of a stream has it. Raises pydantic's ValidationError."""
    return parse_with(_ITEM, raw)
