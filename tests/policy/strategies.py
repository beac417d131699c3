"""Scores and policies to test decisions with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from modsvc.labels import CATEGORIES, MISOGYNY
from modsvc.policy import Policy, build_policy
from modsvc.policy.document import name_of, read_document
from modsvc.policy.terms import Normalise
from modsvc.types import Language, Score

MODEL_POINTS: dict[str, Any] = {
    MISOGYNY: {
        "pooled": {"review": 0.4, "withhold": 0.9},
        "by_language": {"es": {"review": 0.6, "withhold": None}},
    },
    "threats": {"pooled": {"review": 0.3, "withhold": 0.8}, "by_language": {}},
    "toxic_other": {"pooled": {"review": 0.1, "withhold": 0.2}, "by_language": {}},
}

probabilities = st.floats(0, 1)


def make_score(
    probability: float = 0.0,
    *,
    language: str = "en",
    supported: bool = True,
    reason: str | None = None,
    toxic_other: float = 0.0,
    **categories: float,
) -> Score:
    """A score; categories that are not named are 0."""
    return Score(
        probability=probability,
        categories={**dict.fromkeys(CATEGORIES, 0.0), **categories},
        toxic_other=toxic_other,
        language=Language(language, 0.9, "detected"),
        supported=supported,
        truncated=False,
        windows=1,
        reason=reason,
        model_version="test-1",
    )


scores = st.builds(
    make_score,
    probabilities,
    language=st.sampled_from(["en", "es", "pt-BR", "kk"]),
    supported=st.booleans(),
    reason=st.sampled_from([None, None, None, "no_text"]),
    toxic_other=probabilities,
    threats=probabilities,
    derogation=probabilities,
)


def write_policy(folder: Path, **changes: Any) -> Path:
    """A policy file that says `changes` beside what every policy must say."""
    document: Mapping[str, Any] = {"schema_version": 1, "version": "test-1", **changes}
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def load_policy(
    path: Path | None, points: Mapping[str, Any] = MODEL_POINTS, normalise: Normalise = str
) -> Policy:
    """A policy file, the packaged one for None, over a model's operating points."""
    return build_policy(read_document(path), points, normalise, name_of(path))


def default_policy() -> Policy:
    """The packaged policy over `MODEL_POINTS`."""
    return load_policy(None)
