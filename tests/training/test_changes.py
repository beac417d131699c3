"""What became of each language between two calibrations of one network, told on one scale."""

import math
from typing import Any

from modsvc.labels import LABELS
from training.changes import changes, origin


def platt(scale: float, shift: float, support: int = 500, positives: int = 60) -> dict[str, Any]:
    return {"scale": scale, "shift": shift, "support": support, "positives": positives}


def calibration(own: dict[str, Any], points: dict[str, Any]) -> dict[str, Any]:
    """Misogyny has `own` parameters and `points` by language; the rest is the plain sigmoid."""
    outputs: dict[str, Any] = {
        label: {"pooled": platt(1.0, 0.0), "by_language": {}} for label in LABELS
    }
    outputs["misogyny"]["by_language"] = own
    pooled = {"review": 0.5, "withhold": 0.9}
    return {
        "schema_version": 1,
        "outputs": outputs,
        "operating_points": {"misogyny": {"pooled": pooled, "by_language": points}},
    }


PORTUGUESE = platt(1.0, -3.0, 900, 26)
RUSSIAN = {"review": 0.3, "withhold": None}


def test_a_language_that_goes_over_to_the_pooled_scale_is_told_although_its_line_is_the_same() -> (
    None
):
    old = calibration({"pt": PORTUGUESE, "ru": platt(2.0, 0.0)}, {"ru": RUSSIAN})
    new = calibration({"ru": platt(2.0, 0.0)}, {"ru": RUSSIAN})
    [found] = changes(old, new)
    assert (found.label, found.language) == ("misogyny", "pt")
    assert (found.texts, found.positives) == (500, 60)
    assert found.before == {"scale": 1.0, "shift": -3.0, "review": 0.5, "withhold": 0.9}
    assert found.after == {"scale": 1.0, "shift": 0.0, "review": 0.5, "withhold": 0.9}
    # A text had to have a logit of 3 to be flagged, and now of 0.
    assert found.moved == round(0.5 - 1 / (1 + math.exp(-3)), 4)


def test_a_line_that_moves_on_a_scale_that_stays_is_told_by_how_much() -> None:
    own = {"ru": platt(2.0, 0.0)}
    old, new = (
        calibration(own, {"ru": RUSSIAN}),
        calibration(own, {"ru": {**RUSSIAN, "review": 0.4}}),
    )
    [found] = changes(old, new)
    assert found.language == "ru"
    assert found.moved == 0.1


def test_an_output_that_had_no_line_before_has_moved_from_nowhere() -> None:
    old, new = calibration({}, {}), calibration({}, {})
    new["operating_points"]["threats"] = {"pooled": {"review": 0.6, "withhold": None}}
    [found] = changes(old, new)
    assert (found.label, found.language, found.moved) == ("threats", "pooled", None)
    assert found.before["review"] is None


def test_the_manifest_names_the_parent_and_each_change() -> None:
    old = calibration({"pt": PORTUGUESE}, {})
    told = origin("open-1", 1_234, changes(old, calibration({}, {})))
    assert told["parent"] == "open-1"
    assert told["changed"]["fitted_on"] == 1_234
    [one] = told["changed"]["changes"]
    assert (one["label"], one["language"], one["after"]["shift"]) == ("misogyny", "pt", 0.0)
    assert origin("open-1", 1_234, changes(old, old))["changed"]["changes"] == []
