"""A back-test over many stored decisions is quick, and says what deciding again would."""

import random
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from modsvc.engine.normalise import normalise
from modsvc.ingest.backtest import EXAMPLES, backtest
from modsvc.labels import CATEGORIES
from modsvc.policy import Policy, decide
from modsvc.store.columns import new_id, utcnow
from modsvc.store.database import Database
from modsvc.store.tables import Content, Decision
from tests.policy.strategies import MODEL_POINTS, load_policy, make_score, write_policy

LANGUAGES = ("en", "es", "pt-BR", "kk")


def fill(database: Database, policy: Policy, count: int) -> None:
    """Contents and the decisions that `policy` makes of them."""
    rng = random.Random(count)
    contents, decisions = [], []
    for number in range(count):
        language, community = rng.choice(LANGUAGES), rng.choice(["", "school"])
        supported = language != "kk"
        score = make_score(
            rng.random(),
            language=language,
            supported=supported,
            threats=rng.random() ** 3,
            derogation=rng.random(),
        )
        made = decide(score, policy, community=community or None)
        content: dict[str, Any] = {
            "id": new_id(),
            "community": community,
            "content_id": f"c{number}",
            "version": 1,
            "text": "hello",
            "text_sha256": "0" * 64,
            "received_at": utcnow(),
        }
        contents.append(content)
        decisions.append(
            {
                "id": new_id(),
                "content": content["id"],
                "model_version": "test-1",
                "calibration_sha256": "0" * 64,
                "policy_version": policy.version,
                "probability": score.probability,
                "categories": {name: score.categories[name] for name in CATEGORIES},
                "toxic_other": score.toxic_other,
                "language": language,
                "language_confidence": 0.9,
                "supported": supported,
                "truncated": False,
                "action": made.action,
                "reason_codes": list(made.reason_codes),
                "decided_at": utcnow(),
            }
        )
    with database.transaction() as session:
        session.execute(insert(Content), contents)
        session.execute(insert(Decision), decisions)


def policies(folder: Path, **changes: Any) -> tuple[Policy, Policy]:
    old = load_policy(write_policy(folder), MODEL_POINTS, normalise)
    return old, load_policy(write_policy(folder, **changes), MODEL_POINTS, normalise)


def test_the_effect_is_that_of_deciding_again(database: Database, tmp_path: Path) -> None:
    thresholds = {
        "misogyny": {
            "*": {"review": 0.5, "withhold": 0.8},
            "es": {"review": 0.1, "withhold": None},
        },
        "derogation": {"*": {"review": 0.95, "withhold": None}},
    }
    school = {"unsupported_language": {"below_thresholds": "review"}}
    old, new = policies(tmp_path, thresholds=thresholds, communities={"school": school})
    fill(database, old, 1000)
    with database.reading() as session:
        effects = backtest(session, new, {old.version: old}.__getitem__)
        expected: dict[str, int] = {}
        for content, decision in session.query(Content, Decision).filter(
            Content.id == Decision.content
        ):
            score = make_score(
                decision.probability,
                language=decision.language,
                supported=decision.supported,
                **decision.categories,
            )
            after = decide(score, new, community=content.community or None).action
            if after != decision.action:
                name = f"{decision.language}: {decision.action} → {after}"
                expected[name] = expected.get(name, 0) + 1
    assert sum(effect.decisions for effect in effects.values()) == 1000
    assert len(expected) > 4
    assert expected == {
        f"{language}: {change}": count
        for language, effect in effects.items()
        for change, count in effect.changes.items()
    }
    for effect in effects.values():
        assert effect.changed == effect.changes.total()
        assert len(effect.examples) == sum(min(EXAMPLES, n) for n in effect.changes.values())


def test_only_as_many_and_as_new_as_asked_for(database: Database, tmp_path: Path) -> None:
    old, new = policies(tmp_path, on_engine_failure="review")
    fill(database, old, 20)
    middle = utcnow()
    with database.reading() as session:
        lookup = {old.version: old}.__getitem__
        assert sum(e.decisions for e in backtest(session, new, lookup, limit=7).values()) == 7
        assert backtest(session, new, lookup, since=middle) == {}
        before = backtest(session, new, lookup, until=middle)
        assert sum(e.decisions for e in before.values()) == 20
        assert backtest(session, new, lookup, until=middle - timedelta(days=1)) == {}


@pytest.mark.heavy
def test_a_hundred_thousand_take_less_than_ten_seconds(database: Database, tmp_path: Path) -> None:
    raised = {"misogyny": {"*": {"review": 0.5, "withhold": 0.95}}}
    old, new = policies(tmp_path, thresholds=raised)
    fill(database, old, 100_000)
    begun = time.perf_counter()
    with database.reading() as session:
        effects = backtest(session, new, {old.version: old}.__getitem__)
    seconds = time.perf_counter() - begun
    print(f"100,000 decisions in {seconds:.1f} s")
    assert sum(effect.changed for effect in effects.values()) > 1000
    assert seconds < 10
