"""The wire format of text-embeddings-inference's `/predict`.

In: bytes. Out: the texts to judge, and whether one or a batch was sent. Limits are the route's.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Discriminator, FailFast, Field, Tag, TypeAdapter
from typing_extensions import TypeAliasType

from modsvc.api.schemas import LIMITED_LIST, LIMITED_TEXT, Answer, Request, parse_with
from modsvc.errors import InputError
from modsvc.settings import ITEMS_CEILING

_Text = Annotated[str, Field(json_schema_extra=LIMITED_TEXT)]

# More than two are refused in words of their own.
_Pair = TypeAliasType(
    "_Pair", Annotated[list[_Text], Field(min_length=1, json_schema_extra={"maxItems": 2})]
)


def _shape(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    return "batch" if isinstance(value, list) and value and isinstance(value[0], list) else "pair"


# Named, because an annotation that cannot be hashed cannot be a member of a union.
_Batch = TypeAliasType(
    "_Batch",
    Annotated[
        list[_Pair],
        FailFast(),
        Field(min_length=1, max_length=ITEMS_CEILING, json_schema_extra=LIMITED_LIST),
    ],
)
_Inputs = Annotated[
    Annotated[_Text, Tag("text")] | Annotated[_Pair, Tag("pair")] | Annotated[_Batch, Tag("batch")],
    Discriminator(_shape),
]


class PredictRequest(Request):
    """A text, a pair, or a batch of lists of one text or a pair.

    The second text of a pair is what the first one replies to: read, not judged.
    """

    model_config = ConfigDict(extra="ignore")

    inputs: _Inputs
    truncate: bool | None = Field(default=None, description="Not read: long texts are windowed.")
    raw_scores: bool = Field(
        default=False,
        description="Refused: scores are calibrated.",
        json_schema_extra={"const": False},
    )


class Prediction(Answer):
    """A label and its calibrated probability."""

    score: float
    label: str


class PredictError(Answer):
    """An error in text-embeddings-inference's shape."""

    error: str
    error_type: str


EXAMPLE: Final = {"inputs": [["Women belong in every room."], ["Exactly.", "Late again."]]}
_BODY: Final = TypeAdapter(PredictRequest)


def parse_predict(raw: bytes) -> tuple[list[Sequence[str]], PredictRequest]:
    """Each text with, or without, what it replies to.

    Raises pydantic's ValidationError, or InputError for more than a pair.
    """
    body = parse_with(_BODY, raw)
    given = body.inputs
    if isinstance(given, str):
        return [[given]], body
    pairs: list[Sequence[str]] = [one for one in given if not isinstance(one, str)]
    pairs = pairs or [[one for one in given if isinstance(one, str)]]
    if any(len(pair) > 2 for pair in pairs):
        raise InputError(
            "A list of texts is a text and what it replies to: send several as [[text], [text]]."
        )
    return pairs, body


def is_batch(body: PredictRequest) -> bool:
    """Whether the answer is a list of lists."""
    return isinstance(body.inputs, list) and isinstance(body.inputs[0], list)
