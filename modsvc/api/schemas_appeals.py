"""The wire format of `/v1/appeals`."""

from typing import Annotated, Literal

from pydantic import Field

from modsvc.api.schemas import Answer, Request
from modsvc.api.schemas_content import Community, ContentId
from modsvc.review.appeals import MAX_CONTACT_CHARS, MAX_WORDS_CHARS, VISIBLE
from modsvc.review.words import Resolution


class AppealDraft(Request):
    """Why somebody says that what holds for a text is wrong."""

    content_id: ContentId = Field(description="Yours: the appeal is about its latest version.")
    community: Community | None = Field(
        default=None, description="As the text was sent; the key's own without."
    )
    words: Annotated[str, Field(min_length=1, max_length=MAX_WORDS_CHARS)] = Field(
        description="The appellant's own; the reviewer reads them, and nobody else.",
        json_schema_extra={"pattern": VISIBLE},
    )
    contact: Annotated[str, Field(max_length=MAX_CONTACT_CHARS)] | None = Field(
        default=None, description="How to reach the appellant, for your own use; never told again."
    )


class AppealAnswer(Answer):
    """An appeal and how it ended, if it did."""

    id: str
    content_id: str
    community: str
    version: int
    state: Literal["open", "resolved"]
    outcome: Resolution | None = Field(
        description="`overturn`: the text is treated otherwise now; `uphold`: it is not."
    )
    created_at: str
    resolved_at: str | None
