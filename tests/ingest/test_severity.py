"""What may hurt most comes first."""

from typing import Any

import pytest

from modsvc.ingest.severity import severity
from tests.store.rows import decision


def made(**changes: Any) -> float:
    quiet: dict[str, Any] = {"probability": 0.0, "toxic_other": 0.0, "categories": {}}
    return severity(decision("c", **{**quiet, **changes}))


def test_the_formula() -> None:
    assert made(categories={"threats": 0.6}) == 0.6
    assert made(categories={"threats": 0.6}, action="withhold") == 0.7
    assert made(categories={"threats": 1.0}, action="withhold") == 1.0
    assert made(reason_codes=["term_block"]) == 0.5
    assert made(reason_codes=["term_block"], categories={"threats": 0.9}) == 0.9
    assert made(reason_codes=["term_watch"]) == 0.0
    assert made(probability=None, categories=None, toxic_other=None) == 0.5


@pytest.mark.parametrize("category", ["threats", "image_abuse"])
def test_a_likely_threat_comes_before_a_certain_stereotype(category: str) -> None:
    assert made(categories={category: 0.7}) > made(categories={"stereotyping": 1.0})
