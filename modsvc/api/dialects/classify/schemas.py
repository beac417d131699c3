"""The wire format of infinity's `/classify`.

In: bytes. Out: a validated request. Limits are left to the route.
"""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, FailFast, Field, TypeAdapter

from modsvc.api.schemas import LIMITED_LIST, LIMITED_TEXT, Answer, Request, parse_with
from modsvc.settings import ITEMS_CEILING


class ClassifyRequest(Request):
    """Texts to classify."""

    model_config = ConfigDict(extra="ignore")

    input: Annotated[
        list[Annotated[str, Field(json_schema_extra=LIMITED_TEXT)]],
        FailFast(),
        Field(min_length=1, max_length=ITEMS_CEILING, json_schema_extra=LIMITED_LIST),
    ]
    model: str = Field(default="default/not-specified", description="Not read: one model answers.")
    raw_scores: bool = Field(
        default=False,
        description="Refused: scores are calibrated.",
        json_schema_extra={"const": False},
    )


class ClassifyLabel(Answer):
    """A label and its calibrated probability."""

    score: float
    label: str


class ClassifyUsage(Answer):
    """Characters that were read, as infinity counts unless it is told to count tokens."""

    prompt_tokens: int
    total_tokens: int


class ClassifyAnswer(Answer):
    """All labels of each text, the greatest first; texts are in order."""

    object: Literal["classify"]
    data: list[list[ClassifyLabel]]
    model: str
    usage: ClassifyUsage
    id: str
    created: int = Field(description="Unix seconds.")


class ClassifyFault(Answer):
    """What is wrong."""

    message: str
    type: str
    param: str | None
    code: int = Field(description="The status.")


class ClassifyError(Answer):
    """An error in infinity's shape."""

    error: ClassifyFault


EXAMPLE: Final = {"input": ["Women belong in every room."]}
_BODY: Final = TypeAdapter(ClassifyRequest)


def parse_classify(raw: bytes) -> ClassifyRequest:
    """Raises pydantic's ValidationError."""
    return parse_with(_BODY, raw)
