"""The wire format of `/v1/moderations`, as OpenAI's clients send and read it.

In: bytes. Out: the texts to judge, one for each result. Limits are left to the route.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Discriminator, FailFast, Field, Tag, TypeAdapter
from typing_extensions import TypeAliasType

from modsvc.api.dialects.moderations.categories import MEANINGS
from modsvc.api.schemas import LIMITED_LIST, LIMITED_TEXT, Answer, Request, parse_with
from modsvc.errors import InputError
from modsvc.settings import ITEMS_CEILING


class ImagesRefused(InputError):
    """The input has an image."""


def _only_text(schema: dict[str, Any]) -> None:
    """What is answered, and not what is refused in words of its own: images, and no text."""
    schema["properties"] = {
        "type": {"type": "string", "const": "text"},
        "text": {"type": "string", **LIMITED_TEXT},
    }
    schema["required"] = ["type", "text"]


class ModerationPart(Request):
    """A part of one message. Images are refused."""

    model_config = ConfigDict(json_schema_extra=_only_text)

    type: Literal["text", "image_url"]
    text: str | None = None
    image_url: Any = None


def _shape(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    return "parts" if isinstance(value, list) and value and isinstance(value[0], dict) else "texts"


_Text = Annotated[str, Field(json_schema_extra=LIMITED_TEXT)]
_Limits = Field(min_length=1, max_length=ITEMS_CEILING, json_schema_extra=LIMITED_LIST)
# Named, because an annotation that cannot be hashed cannot be a member of a union.
_Texts = TypeAliasType("_Texts", Annotated[list[_Text], FailFast(), _Limits])
_Parts = TypeAliasType("_Parts", Annotated[list[ModerationPart], FailFast(), _Limits])
_Input = Annotated[
    Annotated[_Text, Tag("text")]
    | Annotated[_Texts, Tag("texts")]
    | Annotated[_Parts, Tag("parts")],
    Discriminator(_shape),
]


class ModerationRequest(Request):
    """A text, several texts, or the parts of one message."""

    input: _Input
    model: Any = Field(default=None, description="Read by nobody: one model answers.")


class ModerationResult(Answer):
    """What is said of one text, under each of OpenAI's names."""

    flagged: bool = Field(description="The policy does not allow the text.")
    categories: dict[str, bool] = Field(description="Whose thresholds were reached.")
    category_scores: dict[str, float] = Field(description="In [0, 1]; 0.0 where not judged.")
    category_applied_input_types: dict[str, list[str]]


class ModerationAnswer(Answer):
    """One result a text, in order; the parts of a message are one text."""

    id: str
    model: str
    results: list[ModerationResult]


class ModerationFault(Answer):
    """What is wrong, as OpenAI's clients read it."""

    message: str
    type: str
    param: str | None
    code: str | None


class ModerationError(Answer):
    """An error in OpenAI's shape."""

    error: ModerationFault


EXAMPLE: Final = {"input": ["Women belong in every room."], "model": "omni-moderation-latest"}
NAMES: Final = tuple(MEANINGS)
_BODY: Final = TypeAdapter(ModerationRequest)


def parse_texts(raw: bytes) -> list[str]:
    """The texts of a body, one a result.

    Raises pydantic's ValidationError, ImagesRefused, or InputError for a part without a text.
    """
    given = parse_with(_BODY, raw).input
    if isinstance(given, str):
        return [given]
    strings = [one for one in given if isinstance(one, str)]
    return strings or ["\n".join(_texts([one for one in given if not isinstance(one, str)]))]


def _texts(parts: Sequence[ModerationPart]) -> list[str]:
    if any(part.type == "image_url" for part in parts):
        raise ImagesRefused(
            "Images are not judged here, and passing them over would let them through: send the "
            "text parts alone, and the images to a service that judges images."
        )
    texts = [part.text for part in parts if part.text is not None]
    if len(texts) < len(parts):
        raise InputError("A part of the input is of the type text and has no text: add it.")
    return texts
