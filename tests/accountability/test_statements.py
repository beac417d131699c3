"""A platform states its reasons for what it restricted, and for nothing else."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from modsvc.accountability.dsa_mapping import classify
from modsvc.accountability.notice import notice
from modsvc.accountability.outcomes import restriction, restrictions
from modsvc.accountability.statements import Terms, load_terms, state, state_all
from modsvc.errors import AccountabilityError
from modsvc.labels import LABELS
from modsvc.store.database import Database
from tests.accountability.rows import DAY, decide, review, text

DOCUMENT = (Path(__file__).parents[2] / "docs/accountability.md").read_text(encoding="utf-8")

TERMS = """
territorial_scope = ["RO", "BG"]
source_type = "SOURCE_VOLUNTARY"
decision_visibility = ["DECISION_VISIBILITY_CONTENT_DISABLED"]
decision_ground = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
incompatible_content_ground = "Section 4"
incompatible_content_explanation = "Harassment is not allowed."
content_date_if_unknown = "refuse"
redress = "Appeal to appeals@forum.example, or go to court."
"""


@pytest.fixture
def terms(tmp_path: Path) -> Terms:
    """What the operator has written down."""
    return load_terms(written(tmp_path, TERMS))


def written(folder: Path, toml: str) -> Path:
    path = folder / "terms.toml"
    path.write_text(toml, encoding="utf-8")
    return path


def payload(database: Database, content: str, terms: Terms) -> dict[str, Any]:
    with database.reading() as session:
        found = restriction(session, content)
        assert found is not None
        return state(found, terms).payload()


def test_a_text_that_the_policy_withheld(database: Database, terms: Terms) -> None:
    with database.transaction() as session:
        decision = decide(session, text(session, "c1", author_id="maria"), language="es-GT")
    assert payload(database, decision.content, terms) == {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Section 4",
        "incompatible_content_explanation": "Harassment is not allowed.",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_language": "ES",
        "content_date": "2026-11-02",
        "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
        "category_specification": ["KEYWORD_CYBER_HARASSMENT_AGAINST_WOMEN"],
        "territorial_scope": ["BG", "RO"],
        "application_date": "2026-11-03",
        "decision_facts": (
            "A classifier (model tiny-1) read the text, in es-GT. It was found to be misogyny: "
            "hostile or demeaning expression aimed at women or girls as such, or at a woman with "
            "gendered content; reports, testimony and counter-speech are not; threats: "
            "threatens, wishes or incites harm to women. The policy default-1 applied, and no "
            "person has looked at it yet."
        ),
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_FULLY",
        "puid": decision.id,
    }


def test_a_text_that_a_reviewer_upheld_and_corrected(database: Database, terms: Terms) -> None:
    with database.transaction() as session:
        decision = decide(session, text(session, "c1"), action="review")
        review(session, decision, "uphold", hours=30, corrected_categories=["image_abuse"])
    stated = payload(database, decision.content, terms)
    assert stated["category_specification"] == [
        "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING_AGAINST_WOMEN"
    ]
    assert stated["application_date"] == "2026-11-04"
    assert stated["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"
    assert "a reviewer confirmed the restriction on 2026-11-04" in stated["decision_facts"]


def test_a_text_that_only_people_judged(database: Database, terms: Terms) -> None:
    with database.transaction() as session:
        decision = decide(
            session,
            text(session, "c1"),
            action="review",
            reason_codes=["engine_failure"],
            score_failed="engine_failure",
            probability=None,
            categories=None,
            toxic_other=None,
            language="und",
        )
        review(session, decision, "uphold", corrected_categories=["derogation"])
    stated = payload(database, decision.content, terms)
    assert (stated["automated_detection"], stated["automated_decision"]) == (
        "No",
        "AUTOMATED_DECISION_NOT_AUTOMATED",
    )
    assert "content_language" not in stated


def test_only_what_is_restricted_in_the_period_is_stated(database: Database, terms: Terms) -> None:
    with database.transaction() as session:
        withheld = decide(session, text(session, "withheld"))
        earlier = {"decided_at": DAY - timedelta(days=9)}
        decide(session, text(session, "withheld earlier"), **earlier)
        decide(session, text(session, "allowed"), action="allow", reason_codes=["below_thresholds"])
        decide(session, text(session, "in review"), action="review")
        overturned = decide(session, text(session, "withheld, overturned"))
        review(session, overturned, "overturn")
        upheld = decide(session, text(session, "upheld today"), action="review", **earlier)
        review(session, upheld, "uphold")
    with database.reading() as session:
        found = list(restrictions(session, DAY, DAY + timedelta(days=1)))
        assert restriction(session, overturned.content) is None
    stated = state_all(found, terms)
    assert [one.puid for one in stated.statements] == [withheld.id, upheld.id]
    assert stated.refused == []


def test_without_a_date_of_the_content_the_operator_has_to_choose(
    database: Database, terms: Terms
) -> None:
    with database.transaction() as session:
        decision = decide(session, text(session, "c1", created_at=None))
    with database.reading() as session:
        [found] = restrictions(session, DAY, DAY + timedelta(days=1))
        [refused] = state_all([found], terms).refused
    assert refused.decision == decision.id
    assert "created_at" in refused.why
    received = terms.model_copy(update={"content_date_if_unknown": "received"})
    assert state(found, received).content_date == found.content.received_at.date()


def test_nothing_of_the_text_or_its_people_is_stated(database: Database, terms: Terms) -> None:
    with database.transaction() as session:
        content = text(session, "post of hers", author_id="maria", parent_text="Hello Elena")
        decision = decide(session, content)
        review(session, decision, "uphold", note="hateword against Elena")
    with database.reading() as session:
        found = restriction(session, content.id)
        assert found is not None
        statement = state(found, terms)
    said = f"{statement.payload()}{notice(statement, terms)}".lower()
    secrets = ("hateword", "elena", "maria", "post of", content.author_key)
    secrets += (found.reviews[0].resolved_by,)
    assert [word for word in secrets if str(word).lower() in said] == []


def test_the_person_concerned_is_told_in_words(database: Database, terms: Terms) -> None:
    with database.transaction() as session:
        decision = decide(session, text(session, "c1"), reason_codes=["toxic_other_withhold"])
    with database.reading() as session:
        found = restriction(session, decision.content)
    assert found is not None
    lines = notice(state(found, terms), terms).splitlines()
    assert lines[2:] == [
        "What was done: content disabled, from 2026-11-03 until further notice, in BG, RO.",
        "Facts: A classifier (model tiny-1) read the text, in en. It was found to be toxic_other: "
        "toxic or hateful, but not aimed at women as such. The policy default-1 applied, and no "
        "person has looked at it yet.",
        "Source: voluntary.",
        "Found by automated means: yes.",
        "Decided by automated means: fully.",
        "Ground: against our terms: Section 4",
        "Why: Harassment is not allowed.",
        "What you can do: Appeal to appeals@forum.example, or go to court.",
    ]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (TERMS.replace('territorial_scope = ["RO", "BG"]', ""), "territorial_scope"),
        (TERMS.replace('source_type = "SOURCE_VOLUNTARY"', ""), "source_type"),
        (TERMS.replace('"DECISION_VISIBILITY_CONTENT_DISABLED"', ""), "decision_visibility"),
        (TERMS.replace('content_date_if_unknown = "refuse"', ""), "content_date_if_unknown"),
        (TERMS + 'teritorial_scope = ["RO"]', "teritorial_scope"),
        ("territorial_scope = [", "TOML"),
    ],
)
def test_nothing_is_assumed_that_the_operator_did_not_say(
    tmp_path: Path, wrong: str, named: str
) -> None:
    with pytest.raises(AccountabilityError, match=named):
        load_terms(written(tmp_path, wrong))


def test_the_terms_of_the_document_are_valid(tmp_path: Path) -> None:
    [toml] = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert load_terms(written(tmp_path, toml)).territorial_scope == ("RO", "BG")
    for name in Terms.model_fields:
        assert f"`{name}`" in DOCUMENT


def test_the_document_says_what_each_label_becomes() -> None:
    for label in LABELS:
        [row] = re.findall(rf"^\| .*`{label}`.*$", DOCUMENT, re.MULTILINE)
        kind = classify([label])
        for name in (kind.category, *kind.additions, *kind.keywords):
            assert name.removeprefix("STATEMENT_CATEGORY_").removeprefix("KEYWORD_") in row


def test_terms_that_do_not_fit_together_are_refused_with_the_field(
    database: Database, terms: Terms
) -> None:
    with database.transaction() as session:
        decision = decide(session, text(session, "c1"))
    half = terms.model_copy(update={"incompatible_content_ground": None})
    with database.reading() as session:
        found = restriction(session, decision.content)
    assert found is not None
    with pytest.raises(AccountabilityError, match="incompatible_content_ground"):
        state(found, half)
