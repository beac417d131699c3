"""A platform fills in a statement as the EU's database asks, and is told what is wrong."""

from datetime import date
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from modsvc.accountability import dsa_terms
from modsvc.accountability.dsa_mapping import AGAINST_WOMEN, KEYWORDS, SPEECH, classify
from modsvc.accountability.dsa_statement import BATCH, Statement, batches
from modsvc.labels import CATEGORIES, MISOGYNY, TOXIC_OTHER

#: Everything that is required, and nothing else.
LEAST: dict[str, Any] = {
    "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "incompatible_content_ground": "Section 4",
    "incompatible_content_explanation": "Harassment is not allowed.",
    "content_type": ["CONTENT_TYPE_TEXT"],
    "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
    "territorial_scope": ["RO"],
    "content_date": "2026-11-02",
    "application_date": "2026-11-03",
    "decision_facts": "A classifier flagged it.",
    "source_type": "SOURCE_VOLUNTARY",
    "automated_detection": "Yes",
    "automated_decision": "AUTOMATED_DECISION_FULLY",
    "puid": "a-1_B",
}

#: Every field that such a statement can have.
MOST: dict[str, Any] = {
    **LEAST,
    "decision_visibility": ["DECISION_VISIBILITY_OTHER", "DECISION_VISIBILITY_CONTENT_DEMOTED"],
    "decision_visibility_other": "Hidden behind a warning",
    "decision_monetary": "DECISION_MONETARY_OTHER",
    "decision_monetary_other": "No tips",
    "decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION",
    "decision_account": "DECISION_ACCOUNT_SUSPENDED",
    "account_type": "ACCOUNT_TYPE_PRIVATE",
    "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
    "decision_ground_reference_url": "https://forum.example/terms#4",
    "illegal_content_legal_ground": "Article 1",
    "illegal_content_explanation": "It threatens.",
    "content_type": ["CONTENT_TYPE_TEXT", "CONTENT_TYPE_OTHER"],
    "content_type_other": "Poll",
    "content_id": {"EAN-13": "0123456789012"},
    "content_language": "KY",
    "category_addition": ["STATEMENT_CATEGORY_VIOLENCE"],
    "category_specification": ["KEYWORD_OTHER", "KEYWORD_CYBER_STALKING_AGAINST_WOMEN"],
    "category_specification_other": "Doxing",
    "territorial_scope": ["RO", "BG"],
    "end_date_visibility_restriction": "2026-12-03",
    "end_date_monetary_restriction": "2026-12-04",
    "end_date_service_restriction": "2026-12-05",
    "end_date_account_restriction": "2026-11-03",
    "source_type": "SOURCE_TRUSTED_FLAGGER",
    "source_identity": "A helpline",
}


def test_the_least_that_can_be_said_is_sent_as_it_is() -> None:
    assert Statement.model_validate(LEAST).payload() == LEAST


def test_everything_that_can_be_said_is_sent_with_its_lists_in_order() -> None:
    sent = Statement.model_validate(MOST).payload()
    dropped = {"incompatible_content_ground", "incompatible_content_explanation"}
    in_order = {name: sorted(v) if isinstance(v, list) else v for name, v in MOST.items()}
    assert sent == {name: value for name, value in in_order.items() if name not in dropped}


REMOVED = object()


@pytest.mark.parametrize(
    ("start", "change", "named"),
    [
        (LEAST, {"decision_visibility": REMOVED}, "decision_visibility"),
        (LEAST, {"decision_visibility": []}, "decision_visibility"),
        (LEAST, {"decision_visibility": ["REMOVED"]}, "decision_visibility"),
        (LEAST, {"decision_visibility": "DECISION_VISIBILITY_CONTENT_REMOVED"}, "decision_vis"),
        (LEAST, {"decision_account": "DECISION_ACCOUNT_BANNED"}, "decision_account"),
        (LEAST, {"account_type": "ACCOUNT_TYPE_SCHOOL"}, "account_type"),
        (LEAST, {"decision_ground": REMOVED}, "decision_ground"),
        (LEAST, {"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}, "illegal_content_"),
        (LEAST, {"incompatible_content_ground": REMOVED}, "incompatible_content_ground"),
        (LEAST, {"incompatible_content_ground": "x" * 501}, "incompatible_content_ground"),
        (LEAST, {"incompatible_content_explanation": "  "}, "incompatible_content_expl"),
        (LEAST, {"incompatible_content_explanation": "x" * 2001}, "incompatible_content_expl"),
        (LEAST, {"incompatible_content_illegal": "Perhaps"}, "incompatible_content_illegal"),
        (LEAST, {"decision_ground_reference_url": "the terms"}, "decision_ground_reference_url"),
        (LEAST, {"content_type": REMOVED}, "content_type"),
        (LEAST, {"content_type": []}, "content_type"),
        (LEAST, {"content_type": ["CONTENT_TYPE_OTHER"]}, "content_type_other"),
        (LEAST, {"content_id": {"ISBN": "0123456789012"}}, "content_id"),
        (LEAST, {"content_id": {"EAN-13": "123"}}, "content_id"),
        (LEAST, {"content_language": "ky"}, "content_language"),
        (LEAST, {"content_language": "KGZ"}, "content_language"),
        (LEAST, {"content_date": REMOVED}, "content_date"),
        (LEAST, {"content_date": "1999-12-31"}, "content_date"),
        (LEAST, {"content_date": "2038-01-02"}, "content_date"),
        (LEAST, {"content_date": "02/11/2026"}, "content_date"),
        (LEAST, {"category": REMOVED}, "category"),
        (LEAST, {"category": "STATEMENT_CATEGORY_PIRACY"}, "category"),
        (LEAST, {"category_addition": ["VIOLENCE"]}, "category_addition"),
        (LEAST, {"category_specification": ["KEYWORD_GENDER_BASED_VIOLENCE"]}, "category_spec"),
        (LEAST, {"territorial_scope": REMOVED}, "territorial_scope"),
        (LEAST, {"territorial_scope": []}, "territorial_scope"),
        (LEAST, {"territorial_scope": ["EU"]}, "territorial_scope"),
        (LEAST, {"territorial_scope": ["KG"]}, "territorial_scope"),
        (LEAST, {"application_date": REMOVED}, "application_date"),
        (LEAST, {"application_date": "2019-12-31"}, "application_date"),
        (LEAST, {"end_date_visibility_restriction": "2026-11-02"}, "end_date_visibility"),
        (LEAST, {"end_date_service_restriction": "2038-01-02"}, "end_date_service"),
        (LEAST, {"decision_facts": REMOVED}, "decision_facts"),
        (LEAST, {"decision_facts": "x" * 5001}, "decision_facts"),
        (LEAST, {"source_type": "SOURCE_ARTICLE_9"}, "source_type"),
        (LEAST, {"automated_detection": True}, "automated_detection"),
        (LEAST, {"automated_decision": "Yes"}, "automated_decision"),
        (LEAST, {"puid": REMOVED}, "puid"),
        (LEAST, {"puid": "a 1"}, "puid"),
        (LEAST, {"puid": "a\nb"}, "puid"),
        (LEAST, {"puid": "a" * 501}, "puid"),
        (LEAST, {"url": "https://forum.example/1"}, "url"),
        (MOST, {"decision_visibility_other": REMOVED}, "decision_visibility_other"),
        (MOST, {"decision_visibility_other": "x" * 501}, "decision_visibility_other"),
        (MOST, {"decision_monetary_other": REMOVED}, "decision_monetary_other"),
        (MOST, {"content_type_other": REMOVED}, "content_type_other"),
        (MOST, {"illegal_content_legal_ground": REMOVED}, "illegal_content_legal_ground"),
        (MOST, {"illegal_content_explanation": REMOVED}, "illegal_content_explanation"),
        (MOST, {"category_specification_other": "x" * 501}, "category_specification_other"),
        (MOST, {"source_identity": "x" * 501}, "source_identity"),
    ],
)
def test_each_rule_is_named_when_it_is_broken(
    start: dict[str, Any], change: dict[str, Any], named: str
) -> None:
    changed = {name: value for name, value in {**start, **change}.items() if value is not REMOVED}
    with pytest.raises(ValidationError, match=named):
        Statement.model_validate(changed)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"decision_visibility_other": "A warning"}, {}),
        ({"illegal_content_legal_ground": "Article 1"}, {}),
        ({"content_type_other": "Poll"}, {}),
        ({"category_specification_other": "Doxing"}, {}),
        ({"source_identity": "A helpline"}, {}),
        ({"incompatible_content_illegal": "No"}, {"incompatible_content_illegal": "No"}),
    ],
)
def test_what_the_database_would_drop_is_not_sent(
    said: dict[str, Any], left: dict[str, Any]
) -> None:
    assert Statement.model_validate({**LEAST, **said}).payload() == {**LEAST, **left}


@pytest.mark.parametrize(
    "restriction", ["decision_monetary", "decision_provision", "decision_account"]
)
def test_one_kind_of_restriction_is_enough(restriction: str) -> None:
    changed = {**MOST, "decision_visibility": None}
    for name in ("decision_monetary", "decision_provision", "decision_account"):
        if name != restriction:
            changed[name] = None
    assert Statement.model_validate(changed).payload()[restriction] == MOST[restriction]


def test_many_statements_travel_in_hundreds() -> None:
    many = [Statement.model_validate({**LEAST, "puid": f"a{n}"}) for n in range(2 * BATCH + 1)]
    bodies = list(batches(many))
    assert [len(body["statements"]) for body in bodies] == [BATCH, BATCH, 1]
    assert bodies[2]["statements"][0] == {**LEAST, "puid": "a200"}
    with pytest.raises(ValueError, match="puid"):
        list(batches([many[0], many[0]]))


def test_the_enumerations_have_the_published_sizes() -> None:
    assert len(get_args(dsa_terms.Category)) == 16
    assert len(set(get_args(dsa_terms.Keyword))) == 69
    assert (len(dsa_terms.COUNTRIES), len(dsa_terms.EU)) == (30, 27)
    # First-class languages of this service, as the database calls them.
    assert {"RU", "UZ", "KK", "KY", "TG", "TK", "AZ", "HY", "KA", "ES"} <= dsa_terms.LANGUAGES


def test_every_category_of_ours_has_a_place() -> None:
    assert KEYWORDS.keys() == set(CATEGORIES)
    for label in CATEGORIES:
        kind = classify([label])
        assert kind.category == AGAINST_WOMEN
        assert len(kind.keywords) == 1
        Statement.model_validate(
            {
                **LEAST,
                "category": kind.category,
                "category_addition": kind.additions,
                "category_specification": kind.keywords,
                "content_date": date(2026, 11, 2),
            }
        )


def test_several_labels_make_one_classification() -> None:
    kind = classify([TOXIC_OTHER, "stereotyping", "derogation", "threats", MISOGYNY])
    assert (kind.category, kind.additions) == (AGAINST_WOMEN, (SPEECH,))
    assert kind.keywords == ("KEYWORD_CYBER_HARASSMENT_AGAINST_WOMEN", "KEYWORD_DISCRIMINATION")
    assert classify([MISOGYNY]).category == AGAINST_WOMEN
    assert classify([TOXIC_OTHER]) == classify([])
    assert classify([]).category == SPEECH
