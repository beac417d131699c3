"""What each kind of resolution says of each label."""

from typing import Any

import pytest

from modsvc.labels import CATEGORIES
from modsvc.review.verdicts import labels
from modsvc.store.tables import Item

NONE = dict.fromkeys(CATEGORIES)
ZERO = dict.fromkeys(CATEGORIES, 0)


@pytest.mark.parametrize(
    ("resolution", "given", "codes", "misogyny", "categories", "toxic"),
    [
        ("uphold", ["threats"], [], 1, {**ZERO, "threats": 1}, 0),
        ("uphold", ["threats", "toxic_other"], [], 1, {**ZERO, "threats": 1}, 0),
        ("uphold", ["toxic_other"], ["misogyny_review"], 0, ZERO, 1),
        ("uphold", None, ["misogyny_review"], 1, NONE, 0),
        ("uphold", None, ["category_threats_withhold"], 1, NONE, 0),
        ("uphold", None, ["toxic_other_review"], None, NONE, None),
        ("overturn", None, ["misogyny_review"], 0, ZERO, None),
        ("overturn", [], [], 0, ZERO, 0),
        ("overturn", ["toxic_other"], [], 0, ZERO, 1),
        ("escalate", ["threats"], [], None, NONE, None),
        (None, None, ["misogyny_review"], None, NONE, None),
    ],
)
def test_the_labels_of_a_resolution(
    resolution: str | None, given: Any, codes: list[str], misogyny: Any, categories: Any, toxic: Any
) -> None:
    item = Item(
        content="c",
        decision="d",
        language="en",
        severity=0.5,
        resolution=resolution,
        corrected_categories=given,
    )
    expected = {"misogyny": misogyny, **categories, "toxic_other": toxic}
    assert labels(item, codes) == expected
