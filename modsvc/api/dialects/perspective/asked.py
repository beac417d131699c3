"""A request to analyse → what is to be scored, refused as Perspective refuses.

In: a validated request. Out: its text, the attributes to answer and the declared language;
`Refused` for the rest. Which languages the model supports is known only with the score.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from modsvc.api.dialects.perspective.attributes import ANSWERED, REFUSED, Attribute
from modsvc.api.dialects.perspective.faults import Refused
from modsvc.api.dialects.perspective.schemas import (
    MAX_BYTES,
    AnalyzeCommentRequest,
    SuggestCommentScoreRequest,
)
from modsvc.engine.language import normalise_tag
from modsvc.settings import Settings
from modsvc.types import Score

_NO_LANGUAGE: Final = "und"
_ALL: Final = ", ".join(ANSWERED)


class Wanted(NamedTuple):
    """An attribute that is answered; `threshold` is the score below which it is left out."""

    name: str
    attribute: Attribute
    threshold: float


def text_of(asked: AnalyzeCommentRequest | SuggestCommentScoreRequest, settings: Settings) -> str:
    """The comment's text. Raises Refused."""
    comment = asked.comment
    text = (comment and comment.text) or ""
    if comment is None or not text.strip():
        raise Refused("COMMENT_EMPTY", "The comment has no text: send it as comment.text.")
    if comment.type == "HTML":
        raise Refused("INVALID_REQUEST", "Only PLAIN_TEXT is judged: take the markup out.")
    # A lone surrogate counts as the character that it is read as.
    if len(text) * 4 > MAX_BYTES and len(text.encode(errors="replace")) > MAX_BYTES:
        raise Refused("COMMENT_TOO_LONG", f"A comment may have {MAX_BYTES} bytes: cut this one.")
    if len(text) > settings.max_text_chars:
        raise Refused(
            "COMMENT_TOO_LONG",
            f"A comment may have {settings.max_text_chars} characters here: cut this one.",
        )
    return text


def parent_of(asked: AnalyzeCommentRequest, settings: Settings) -> str | None:
    """What the comment replies to, if that was sent."""
    both = asked.context and asked.context.article_and_parent_comment
    parent = both and both.parent_comment and both.parent_comment.text
    # Its beginning is what the model reads.
    return parent[: settings.max_text_chars] if parent else None


def wanted(asked: AnalyzeCommentRequest) -> list[Wanted]:
    """The attributes to answer, in their order. Raises Refused for one that is not answered."""
    if not asked.requested_attributes:
        raise Refused("NO_REQUESTED_ATTRIBUTES", f"Ask for some of these attributes: {_ALL}.")
    found: list[Wanted] = []
    for name, parameters in asked.requested_attributes.items():
        attribute = ANSWERED.get(name)
        if attribute is not None:
            threshold = (parameters and parameters.score_threshold) or 0.0
            found.append(Wanted(name, attribute, threshold))
        elif not asked.drop_unsupported_attributes:
            raise _refusal(name)
    return found


def _refusal(name: str) -> Refused:
    why = REFUSED.get(name)
    # An unknown name is the caller's own words and is not repeated.
    told = "An attribute is unknown." if why is None else f"{name} is not answered here: {why}"
    return Refused(
        "INVALID_REQUEST",
        f"{told} Ask for some of these: {_ALL}; or set dropUnsupportedAttributes to leave out the "
        "others.",
    )


def declared(languages: Sequence[str], detected: str | None) -> str | None:
    """The language to judge by: the only one that is named, or of several the detected one."""
    tags = [tag for tag in map(normalise_tag, languages) if tag is not None]
    if not tags:
        return None
    return detected if detected in tags else tags[0]


def supported(attributes: list[Wanted], score: Score, asked: AnalyzeCommentRequest) -> list[Wanted]:
    """The attributes that hold in the text's language: all, or none. Raises Refused for none."""
    code = score.language.code
    if not asked.languages and code == _NO_LANGUAGE:
        raise Refused("LANGUAGE_DETECTION_FAILED", "No letters, no language: name the `languages`.")
    if score.supported or not attributes:
        return attributes
    if not asked.drop_unsupported_attributes:
        raise Refused(
            "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
            f"The model was never measured on the language {code}. Name the language under "
            "`languages` if it is another one; /v1/score answers every language, and says so.",
            languageNotSupportedByAttributeError={
                "detectedLanguages": [code],
                "attribute": attributes[0].name,
            },
        )
    return []
