"""The wire format of Perspective's Comment Analyzer, v1alpha1.

In: bytes, with names in camelCase or, as Google's JSON takes them too, in snake_case. Out:
validated requests. What its answers look like is here for the documents alone: routes write them
as plain dictionaries. Which attributes there are is left to `attributes`.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from modsvc.api.schemas import LIMITED_TEXT, Answer, Request, never_null, parse_with

#: A comment may have so many bytes of UTF-8.
MAX_BYTES: Final = 20_480

Languages = Annotated[list[str], Field(max_length=16)]


class _Sent(Request):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class TextEntry(_Sent):
    """A text. Of types only plain text is judged."""

    text: str | None = None
    type: Literal["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"] | None = None


def _judged(schema: dict[str, Any]) -> None:
    """What is answered, and not what is refused in Perspective's words: no text, and markup."""
    schema["properties"]["text"] = {"type": "string", "pattern": r"\S", **LIMITED_TEXT}
    schema["required"] = ["text"]
    kinds = schema["properties"]["type"]["anyOf"]
    kinds[0]["enum"] = [name for name in kinds[0]["enum"] if name != "HTML"]


def _required(*names: str) -> Callable[[dict[str, Any]], None]:
    """The same for what is asked: without these nothing is answered."""

    def change(schema: dict[str, Any]) -> None:
        schema["required"] = list(names)
        never_null(schema, *names)

    return change


class Comment(TextEntry):
    """What is judged: plain text alone."""

    model_config = ConfigDict(json_schema_extra=_judged)


class ArticleAndParentComment(_Sent):
    """Where a comment stands. The parent comment is read, the article is not."""

    article: TextEntry | None = None
    parent_comment: TextEntry | None = None


class CommentContext(_Sent):
    """Where a comment stands. Entries are taken and not read, as clients send anything there."""

    entries: list[TextEntry] | None = None
    article_and_parent_comment: ArticleAndParentComment | None = None


class AttributeParameters(_Sent):
    """How an attribute is asked for."""

    score_type: Literal["SCORE_TYPE_UNSPECIFIED", "PROBABILITY"] | None = Field(
        default=None, description="Others were never given to the public."
    )
    score_threshold: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="Scores below it are left out."
    )


class _Asked(_Sent):
    comment: Comment | None = None
    context: CommentContext | None = None
    languages: Languages | None = Field(default=None, description="BCP-47; else detected.")
    community_id: str | None = Field(default=None, description="Not read.")
    session_id: str | None = Field(default=None, description="Not read.")
    client_token: str | None = Field(default=None, description="Yours; comes back.")


class AnalyzeCommentRequest(_Asked):
    """A comment, and what is to be said of it."""

    model_config = ConfigDict(json_schema_extra=_required("comment", "requestedAttributes"))

    requested_attributes: dict[str, AttributeParameters | None] | None = Field(
        default=None, json_schema_extra={"minProperties": 1}
    )
    span_annotations: bool | None = Field(default=None, description="Score each sentence too.")
    do_not_store: bool | None = Field(default=None, description="Nothing is stored either way.")
    drop_unsupported_attributes: bool | None = Field(
        default=None, description="Leave out what is refused, instead of refusing all."
    )


class SuggestCommentScoreRequest(_Asked):
    """A comment, and what its sender says it should have scored."""

    model_config = ConfigDict(json_schema_extra=_required("comment", "attributeScores"))

    attribute_scores: dict[str, Any] | None = Field(
        default=None, json_schema_extra={"minProperties": 1}
    )


class ScoreValue(Answer):
    """A calibrated probability."""

    value: float
    type: Literal["PROBABILITY"]


class SpanScore(Answer):
    """The score of a part; places are in UTF-16 code units, `end` is exclusive."""

    begin: int
    end: int
    score: ScoreValue


class AttributeScore(Answer):
    """What is said of one attribute: of the whole, and of its parts (or of the whole again)."""

    summaryScore: ScoreValue  # noqa: N815
    spanScores: list[SpanScore]  # noqa: N815


class AnalyzeCommentResponse(Answer):
    """Attributes below their threshold are left out; `attributeScores` is absent if all are."""

    attributeScores: dict[str, AttributeScore] | None = None  # noqa: N815
    languages: list[str]
    detectedLanguages: list[str]  # noqa: N815
    clientToken: str | None = None  # noqa: N815


class SuggestCommentScoreResponse(Answer):
    """The suggestion was read, and counted."""

    requestedLanguages: list[str] | None = None  # noqa: N815
    detectedLanguages: list[str]  # noqa: N815
    clientToken: str | None = None  # noqa: N815


class GoogleFault(Answer):
    """What is wrong, as Google's clients read it."""

    code: int
    message: str
    status: str
    details: list[dict[str, Any]] | None = None


class GoogleError(Answer):
    """An error in Google's shape."""

    error: GoogleFault


ANALYZE_EXAMPLE: Final = {
    "comment": {"text": "Women belong in every room."},
    "languages": ["en"],
    "requestedAttributes": {"TOXICITY": {}, "MISOGYNY": {"scoreThreshold": 0.0}},
    "doNotStore": True,
}
SUGGEST_EXAMPLE: Final = {
    "comment": {"text": "Women belong in every room."},
    "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}},
    "clientToken": "comment:7",
}
_ANALYZE: Final = TypeAdapter(AnalyzeCommentRequest)
_SUGGEST: Final = TypeAdapter(SuggestCommentScoreRequest)


def parse_analyze(raw: bytes) -> AnalyzeCommentRequest:
    """Raises pydantic's ValidationError."""
    return parse_with(_ANALYZE, raw)


def parse_suggest(raw: bytes) -> SuggestCommentScoreRequest:
    """Raises pydantic's ValidationError."""
    return parse_with(_SUGGEST, raw)
