"""The dashboard's HTML: self-contained, escaped, and honest where figures are missing."""

import re
from typing import Any

import pytest

from eval.dashboard import render_dashboard
from eval.report import build_report
from tests.eval.synthetic import make_predictions


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return build_report(make_predictions({"en": 200}, neutral=0), resamples=20)


def test_nothing_is_fetched_from_anywhere(report: dict[str, Any]) -> None:
    page = render_dashboard(report)
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=\"(?!data:)", page)
    assert len(page.encode()) < 6_000_000


def test_names_and_masks_cannot_become_markup(report: dict[str, Any]) -> None:
    hostile = "</script><b>x"
    languages = {hostile: report["by_language"]["en"]}
    page = render_dashboard(report | {"by_language": languages, "model_version": hostile})
    assert hostile not in page


def test_a_group_with_only_a_false_positive_rate_says_why_the_rest_is_missing(
    report: dict[str, Any],
) -> None:
    entry = report["by_language"]["en"]
    rate = {"fpr_at_review": entry["metrics"]["fpr_at_review"]}
    thin = {**entry, "too_few": "too few: 4 positives", "metrics": rate}
    page = render_dashboard(report | {"by_language": {"fr": thin}})
    assert re.search(r'<th scope="row">fr<small>too few: 4 positives</small></th>', page)
    assert f"{rate['fpr_at_review']['value']:.3f}" in page


def test_sections_without_data_are_left_out(report: dict[str, Any]) -> None:
    page = render_dashboard(report)
    assert "Functional suites" not in page
    assert "neutral texts" not in page
    assert "masked" not in page
