"""The policy as data: a validated YAML file laid over the model's operating points.

In: a YAML file (or the packaged default) and the operating points that the model was
packed with. Out: a `Policy`, which hands out one flat `Rules` per community. How
rules turn a score into an action is left to `modsvc.policy.decide`.

Three layers, the later one wins: the model, the policy's `thresholds`, the community's
`thresholds`. A layer that names "*" for a label replaces all that earlier layers said of
that label, so that one line in the policy is enough to move every language.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from modsvc.errors import PolicyError
from modsvc.labels import LABELS, MISOGYNY, TOXIC_OTHER
from modsvc.types import OperatingPoint

#: Key of the thresholds that hold for every language without its own.
ANY_LANGUAGE: Final = "*"

BelowThresholds = Literal["allow", "review"]
OnEngineFailure = Literal["error", "review"]

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
LanguageKey = Annotated[str, Field(pattern=r"^(\*|[a-z]{2,3}(-[A-Za-z0-9]{1,8})*)$")]
Points = Mapping[str, Mapping[str, OperatingPoint]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class _Point(_Strict):
    review: Probability
    withhold: Probability | None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.withhold is not None and self.withhold < self.review:
            raise ValueError("withhold must not be below review")
        return self


class _ModelPoints(_Strict):
    pooled: _Point
    by_language: dict[str, _Point] = {}


class _UnsupportedLanguage(_Strict):
    below_thresholds: BelowThresholds = "allow"


_Thresholds = dict[Literal[LABELS], dict[LanguageKey, _Point]]  # type: ignore[valid-type]


class _Community(_Strict):
    thresholds: _Thresholds = {}
    unsupported_language: _UnsupportedLanguage | None = None


class _Document(_Strict):
    schema_version: Literal[1]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    on_engine_failure: OnEngineFailure = "error"
    unsupported_language: _UnsupportedLanguage = _UnsupportedLanguage()
    thresholds: _Thresholds = {}
    communities: dict[str, _Community] = {}


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in one community: operating points by label and language, and one switch."""

    points: Points
    unsupported_below_thresholds: BelowThresholds

    def point(self, label: str, language: str) -> OperatingPoint | None:
        """The thresholds of `label` in `language` (BCP-47), or None where it has none.

        Tried in order: the tag, its primary subtag (`pt` of `pt-BR`), every language.
        """
        by_language = self.points.get(label)
        if by_language is None:
            return None
        return (
            by_language.get(language)
            or by_language.get(language.partition("-")[0])
            or by_language.get(ANY_LANGUAGE)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """One immutable version of the rules.

    `version` is the file's own version, a plus sign and the start of a hash of its
    content, so that two files that say different things never share a version.
    """

    version: str
    on_engine_failure: OnEngineFailure
    rules: Rules
    communities: Mapping[str, Rules]

    def rules_for(self, community: str | None) -> Rules:
        """The community's rules; the general ones for None and for unknown communities."""
        return self.rules if community is None else self.communities.get(community, self.rules)


def load_policy(path: Path | None, operating_points: Mapping[str, Any]) -> Policy:
    """Read a policy file and lay it over the model's operating points.

    `path` None is the packaged default. `operating_points` maps a label to an object or
    mapping with `pooled` and `by_language`, as in the model's calibration. Raises
    PolicyError, which names the key, when either is not valid.
    """
    where = "the packaged policy" if path is None else str(path)
    document = _parse(_read(path), where)
    model = _model_points(operating_points)
    general = Rules(
        points=_overlay(model, document.thresholds),
        unsupported_below_thresholds=document.unsupported_language.below_thresholds,
    )
    if general.point(MISOGYNY, ANY_LANGUAGE) is None:
        raise PolicyError(
            f"Neither the model nor {where} has an operating point for {MISOGYNY!r}: add "
            f'thresholds.{MISOGYNY}."{ANY_LANGUAGE}" to the policy or pack the model again.'
        )
    return Policy(
        version=f"{document.version}+{_fingerprint(document)}",
        on_engine_failure=document.on_engine_failure,
        rules=general,
        communities={
            name: _community_rules(general, community)
            for name, community in document.communities.items()
        },
    )


def _read(path: Path | None) -> str:
    if path is None:
        return files("modsvc.policy").joinpath("default.yaml").read_text(encoding="utf-8")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(
            f"Cannot read the policy file {path} ({type(error).__name__}): "
            "check MODSVC_POLICY_FILE, or unset it to use the packaged policy."
        ) from error


def _parse(text: str, where: str) -> _Document:
    try:
        return _Document.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PolicyError(f"{where} is not valid YAML: {error}") from error
    except ValidationError as error:
        raise PolicyError(f"{where} is not a valid policy: {_explain(error)}") from error


def _model_points(operating_points: Mapping[str, Any]) -> Points:
    points: dict[str, dict[str, OperatingPoint]] = {}
    for label, raw in operating_points.items():
        try:
            parsed = _ModelPoints.model_validate(raw)
        except ValidationError as error:
            raise PolicyError(
                f"The model's operating points of {label!r} are not valid, pack it again: "
                f"{_explain(error)}"
            ) from error
        # Texts that are rude but not misogynous are outside this service's purpose: it
        # reports them, and acts on them only where a policy says so.
        if label != TOXIC_OTHER:
            points[label] = _freeze({ANY_LANGUAGE: parsed.pooled, **parsed.by_language})
    return points


def _overlay(base: Points, thresholds: Mapping[str, Mapping[str, _Point]]) -> Points:
    merged = dict(base)
    for label, by_language in thresholds.items():
        kept = {} if ANY_LANGUAGE in by_language else dict(base.get(label, {}))
        merged[label] = {**kept, **_freeze(by_language)}
    return merged


def _freeze(by_language: Mapping[str, _Point]) -> dict[str, OperatingPoint]:
    return {
        language: OperatingPoint(review=point.review, withhold=point.withhold)
        for language, point in by_language.items()
    }


def _community_rules(general: Rules, community: _Community) -> Rules:
    own = community.unsupported_language
    return Rules(
        points=_overlay(general.points, community.thresholds),
        unsupported_below_thresholds=(
            general.unsupported_below_thresholds if own is None else own.below_thresholds
        ),
    )


def _fingerprint(document: _Document) -> str:
    canonical = json.dumps(document.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


def _explain(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'the file'}: {item['msg']}"
        for item in error.errors(include_url=False)
    )
