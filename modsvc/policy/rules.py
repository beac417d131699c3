"""The policy in force: the policy file laid over the model's operating points.

In: a YAML file (or the packaged default) and the operating points that the model was
packed with. Out: a `Policy`, which hands out one flat `Rules` per community. How
rules turn a score into an action is left to `modsvc.policy.decide`.

Three layers, the later one wins: the model, the policy's `thresholds`, the community's
`thresholds`. A layer that names "*" for a label replaces all that earlier layers said of
that label, so that one line in the policy is enough to move every language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from modsvc.errors import PolicyError
from modsvc.labels import MISOGYNY, TOXIC_OTHER
from modsvc.policy.document import (
    ANY_LANGUAGE,
    BelowThresholds,
    CommunityEntry,
    Document,
    ModelPoints,
    OnEngineFailure,
    Point,
    explain,
    version_of,
)
from modsvc.policy.terms import Normalise, TermList
from modsvc.types import OperatingPoint

Points = Mapping[str, Mapping[str, OperatingPoint]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in one community: operating points by label and language, a switch, terms."""

    points: Points
    unsupported_below_thresholds: BelowThresholds
    terms: TermList

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


def build_policy(
    document: Document,
    operating_points: Mapping[str, Any],
    normalise: Normalise,
    where: str = "the policy",
) -> Policy:
    """Lay a policy document over the model's operating points.

    `operating_points` maps a label to an object or mapping with `pooled` and `by_language`, as
    in the model's calibration. `normalise` brings a text into the form that terms are looked
    for. Raises PolicyError, which names the key.
    """
    model = _model_points(operating_points)
    general = Rules(
        points=_overlay(model, document.thresholds),
        unsupported_below_thresholds=document.unsupported_language.below_thresholds,
        terms=TermList.build(document.terms, normalise),
    )
    if general.point(MISOGYNY, ANY_LANGUAGE) is None:
        raise PolicyError(
            f"Neither the model nor {where} has an operating point for {MISOGYNY!r}: add "
            f'thresholds.{MISOGYNY}."{ANY_LANGUAGE}" to the policy or pack the model again.'
        )
    return Policy(
        version=version_of(document),
        on_engine_failure=document.on_engine_failure,
        rules=general,
        communities={
            name: _community_rules(general, community, normalise)
            for name, community in document.communities.items()
        },
    )


def _model_points(operating_points: Mapping[str, Any]) -> Points:
    points: dict[str, dict[str, OperatingPoint]] = {}
    for label, raw in operating_points.items():
        try:
            parsed = ModelPoints.model_validate(raw)
        except ValidationError as error:
            raise PolicyError(
                f"The model's operating points of {label!r} are not valid, pack it again: "
                f"{explain(error)}"
            ) from error
        # Texts that are rude but not misogynous are outside this service's purpose: it
        # reports them, and acts on them only where a policy says so.
        if label != TOXIC_OTHER:
            points[label] = _freeze({ANY_LANGUAGE: parsed.pooled, **parsed.by_language})
    return points


def _overlay(base: Points, thresholds: Mapping[str, Mapping[str, Point]]) -> Points:
    merged = dict(base)
    for label, by_language in thresholds.items():
        kept = {} if ANY_LANGUAGE in by_language else dict(base.get(label, {}))
        merged[label] = {**kept, **_freeze(by_language)}
    return merged


def _freeze(by_language: Mapping[str, Point]) -> dict[str, OperatingPoint]:
    return {
        language: OperatingPoint(review=point.review, withhold=point.withhold)
        for language, point in by_language.items()
    }


def _community_rules(general: Rules, community: CommunityEntry, normalise: Normalise) -> Rules:
    own = community.unsupported_language
    return Rules(
        points=_overlay(general.points, community.thresholds),
        unsupported_below_thresholds=(
            general.unsupported_below_thresholds if own is None else own.below_thresholds
        ),
        terms=TermList.build((*general.terms.entries, *community.terms), normalise),
    )
