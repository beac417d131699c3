"""A policy as rows says what its document says, and what was typed wrong is named."""

from typing import Any

import pytest
import yaml

from modsvc.errors import PolicyError
from modsvc.policy.diff import Pair, side_by_side
from modsvc.policy.document import parse_document, write_document
from modsvc.policy.sheet import Listed, Threshold, document_of, new_term, next_name, sheet_of

POINT = {"review": 0.5, "withhold": 0.9}
FULL: dict[str, Any] = {
    "schema_version": 1,
    "version": "ours-9",
    "on_engine_failure": "review",
    "unsupported_language": {"below_thresholds": "review"},
    "thresholds": {"misogyny": {"*": POINT, "es": {"review": 0.25, "withhold": None}}},
    "terms": [{"pattern": "слово*", "kind": "block", "language": "ru", "note": "unkind"}],
    "communities": {
        "school": {
            "thresholds": {"threats": {"*": POINT}},
            "terms": [{"pattern": "word", "kind": "watch"}],
        },
        "a.b": {"unsupported_language": {"below_thresholds": "allow"}},
        "bare": {},
    },
}


def full() -> Any:
    return parse_document(yaml.safe_dump(FULL), "the policy")


def test_rows_and_text_say_what_the_document_says() -> None:
    document = full()
    assert document_of(sheet_of(document)) == document
    written = write_document(document)
    assert parse_document(written, "the policy") == document
    assert "слово*" in written
    sheet = sheet_of(document)
    assert sheet.thresholds[1] == Threshold(None, "misogyny", "es", 0.25, None)
    assert [row.community for row in sheet.terms] == [None, "school"]
    assert sheet.below_thresholds == {None: "review", "school": None, "a.b": "allow", "bare": None}


def test_rows_may_be_of_a_new_community() -> None:
    sheet = sheet_of(full())
    typed = Threshold("new", "misogyny", "uz-Cyrl", "0.4", None)
    entry = new_term("word", "allow", "", "")
    changed = document_of(
        sheet._replace(
            thresholds=(*sheet.thresholds, typed), terms=(*sheet.terms, Listed("new", entry))
        )
    )
    assert changed.communities["new"].thresholds["misogyny"]["uz-Cyrl"].review == 0.4
    assert changed.communities["new"].terms == (entry,)


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (Threshold(None, "misogyny", "es", 0.1, None), "Two rows"),
        (Threshold("school", "misogyny", "es", "much", None), "school.thresholds.misogyny.es"),
        (Threshold(None, "misogyny", "ru", 0.9, 0.5), "withhold must not be below"),
        (Threshold(None, "misogyny", "ru", 1.5, None), "less than or equal to 1"),
        (Threshold(None, "kindness", "ru", 0.5, None), "kindness"),
        (Threshold(None, "misogyny", "", 0.5, None), "should match"),
    ],
)
def test_a_wrong_row_is_named(row: Threshold, named: str) -> None:
    sheet = sheet_of(full())
    with pytest.raises(PolicyError, match=named):
        document_of(sheet._replace(thresholds=(*sheet.thresholds, row)))
    with pytest.raises(PolicyError, match="pattern"):
        new_term("", "block", "", "")


def test_the_name_of_the_next_version() -> None:
    assert next_name("default-1") == "default-2"
    assert next_name("default-1", ["default-2"]) == "default-3"
    assert next_name("v2.strict") == "v3.strict"
    assert next_name("ours") == "ours-2"


def test_only_lines_that_differ_are_shown_with_some_around() -> None:
    before = full()
    after = document_of(sheet_of(before)._replace(on_engine_failure="error"))
    [stretch] = side_by_side(before, after)
    assert Pair("on_engine_failure: review", None) in stretch
    assert len(stretch) == 6
    assert side_by_side(before, before) == []
