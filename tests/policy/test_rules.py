"""A policy file is read, laid over the model's operating points, or refused with advice."""

from pathlib import Path
from typing import Any

import pytest

from modsvc.errors import PolicyError
from modsvc.types import OperatingPoint
from tests.policy.strategies import MODEL_POINTS, default_policy, load_policy, write_policy


def test_without_overrides_the_models_operating_points_hold() -> None:
    rules = default_policy().rules
    assert rules.point("misogyny", "es") == OperatingPoint(0.6, None)
    assert rules.point("misogyny", "es-MX") == OperatingPoint(0.6, None)
    assert rules.point("misogyny", "ru") == OperatingPoint(0.4, 0.9)
    assert rules.point("derogation", "ru") is None
    assert rules.point("toxic_other", "ru") is None


def test_an_override_of_one_language_leaves_the_others(tmp_path: Path) -> None:
    override = {"misogyny": {"ru": {"review": 0.2, "withhold": 0.3}}}
    rules = load_policy(write_policy(tmp_path, thresholds=override), MODEL_POINTS).rules
    assert rules.point("misogyny", "ru") == OperatingPoint(0.2, 0.3)
    assert rules.point("misogyny", "es") == OperatingPoint(0.6, None)


def test_an_override_of_every_language_replaces_what_the_model_said(tmp_path: Path) -> None:
    override = {"misogyny": {"*": {"review": 0.2, "withhold": None}}}
    rules = load_policy(write_policy(tmp_path, thresholds=override), MODEL_POINTS).rules
    assert rules.point("misogyny", "es") == OperatingPoint(0.2, None)


def test_files_that_say_different_things_have_different_versions(tmp_path: Path) -> None:
    one = load_policy(write_policy(tmp_path), MODEL_POINTS)
    path = write_policy(tmp_path, on_engine_failure="review")
    two = load_policy(path, MODEL_POINTS)
    path.write_text("# only a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    three = load_policy(path, MODEL_POINTS)
    assert one.version.startswith("test-1+")
    assert one.version != two.version
    assert two.version == three.version


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"schema_version": 2}, "schema_version"),
        ({"version": "two words"}, "version"),
        ({"on_engine_failure": "allow"}, "on_engine_failure"),
        ({"thresholds": {"sarcasm": {"*": {"review": 0.1, "withhold": None}}}}, "sarcasm"),
        ({"thresholds": {"threats": {"*": {"review": 1.1, "withhold": None}}}}, "review"),
        ({"thresholds": {"threats": {"*": {"review": 0.5, "withhold": 0.4}}}}, "below review"),
        ({"thresholds": {"threats": {"*": {"review": 0.5}}}}, "withhold"),
        ({"thresholds": {"threats": {False: {"review": 0.5, "withhold": None}}}}, "threats"),
        ({"communities": {"school": {"treshholds": {}}}}, "treshholds"),
        ({"unsupported_language": {"below_thresholds": "withhold"}}, "below_thresholds"),
    ],
)
def test_a_wrong_policy_is_refused_by_the_name_of_the_key(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(PolicyError, match=named):
        load_policy(write_policy(tmp_path, **changes), MODEL_POINTS)


def test_a_missing_or_unreadable_policy_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="MODSVC_POLICY_FILE"):
        load_policy(tmp_path / "nowhere.yaml", MODEL_POINTS)
    broken = tmp_path / "broken.yaml"
    broken.write_text("version: [", encoding="utf-8")
    with pytest.raises(PolicyError, match="YAML"):
        load_policy(broken, MODEL_POINTS)


def test_a_model_without_a_point_for_misogyny_is_refused() -> None:
    with pytest.raises(PolicyError, match="misogyny"):
        load_policy(None, {"threats": MODEL_POINTS["threats"]})


def test_a_models_broken_operating_point_is_refused() -> None:
    with pytest.raises(PolicyError, match="pack it again"):
        load_policy(None, {"misogyny": {"pooled": {"review": "high", "withhold": None}}})
