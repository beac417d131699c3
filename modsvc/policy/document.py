"""The policy file: its schema, and reading it.

In: a YAML file, or the packaged default. Out: a validated `Document`, or a PolicyError that
names the key; and a document as YAML again. What it means beside a model's operating points is
left to `modsvc.policy.rules`.
"""

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from modsvc.errors import PolicyError
from modsvc.labels import LABELS

#: Key of the thresholds that hold for every language without its own.
ANY_LANGUAGE: Final = "*"

BelowThresholds = Literal["allow", "review"]
OnEngineFailure = Literal["error", "review"]
TermKind = Literal["block", "watch", "allow"]

#: One list holds at most so many terms: each is looked for in every text.
MAX_TERMS: Final = 2000

_TAG: Final = r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*"
_LANGUAGE: Final = rf"^{_TAG}$"

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
LanguageKey = Annotated[str, Field(pattern=rf"^(\*|{_TAG})$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Point(_Strict):
    """One operating point; both are calibrated probabilities."""

    review: Probability
    withhold: Probability | None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.withhold is not None and self.withhold < self.review:
            raise ValueError("withhold must not be below review")
        return self


class ModelPoints(_Strict):
    """One label's operating points as a model was packed with them."""

    pooled: Point
    by_language: dict[str, Point] = {}


class UnsupportedLanguage(_Strict):
    """What happens in languages that the model was never measured on."""

    below_thresholds: BelowThresholds = "allow"


class TermEntry(_Strict):
    """A word or phrase to look for, in one language or in all, and what it means."""

    pattern: Annotated[str, Field(min_length=1, max_length=200)]
    kind: TermKind
    language: Annotated[str, Field(pattern=_LANGUAGE)] | None = None
    note: Annotated[str, Field(max_length=1000)] = ""


ThresholdTable = dict[Literal[LABELS], dict[LanguageKey, Point]]  # type: ignore[valid-type]
Terms = Annotated[tuple[TermEntry, ...], Field(max_length=MAX_TERMS)]


class CommunityEntry(_Strict):
    """What one community has of its own."""

    thresholds: ThresholdTable = {}
    unsupported_language: UnsupportedLanguage | None = None
    terms: Terms = ()


class Document(_Strict):
    """The whole file; docs/settings.md explains every key."""

    schema_version: Literal[1]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    on_engine_failure: OnEngineFailure = "error"
    unsupported_language: UnsupportedLanguage = UnsupportedLanguage()
    thresholds: ThresholdTable = {}
    terms: Terms = ()
    communities: dict[str, CommunityEntry] = {}


def read_document(path: Path | None) -> Document:
    """The policy file at `path`, the packaged one for None. Raises PolicyError."""
    return parse_document(read_text(path), name_of(path))


def name_of(path: Path | None) -> str:
    """How messages call the policy file."""
    return "the packaged policy" if path is None else str(path)


def version_of(document: Document) -> str:
    """The document's own version, a plus sign and a fingerprint of what it says.

    So two documents that say different things never share a version.
    """
    return f"{document.version}+{fingerprint(document)}"


def fingerprint(document: Document) -> str:
    """Eight hex digits that change when the document says something else.

    What is left at its default counts as not said, so that a key that a later program knows
    changes no version.
    """
    said = document.model_dump(mode="json", exclude_defaults=True)
    canonical = json.dumps(said, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


def explain(error: ValidationError) -> str:
    """What is wrong and where, in one line."""
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'the file'}: {item['msg']}"
        for item in error.errors(include_url=False)
    )


def read_text(path: Path | None) -> str:
    """A policy file as it is written. Raises PolicyError."""
    if path is None:
        return files("modsvc.policy").joinpath("default.yaml").read_text(encoding="utf-8")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(
            f"Cannot read the policy file {path} ({type(error).__name__}): "
            "check MODSVC_POLICY_FILE, or unset it to use the packaged policy."
        ) from error


def parse_document(text: str, where: str) -> Document:
    """What a policy's YAML says; messages call it `where`. Raises PolicyError."""
    try:
        return Document.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PolicyError(f"{where} is not valid YAML: {error}") from error
    except ValidationError as error:
        raise PolicyError(f"{where} is not a valid policy: {explain(error)}") from error


def write_document(document: Document) -> str:
    """A document as YAML that `parse_document` reads back; what is at its default is left out."""
    said = document.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=100)
