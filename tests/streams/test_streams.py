"""A platform whose comments come by a broker, of either kind: what it sends, what it gets back."""

import json
import logging
from pathlib import Path

import pytest
from sqlalchemy import func, select

from modsvc.store.tables import Content, Event
from modsvc.telemetry import configure_logging
from tests.streams.platform import platform
from tests.streams.working import (
    DEAD,
    DECISIONS,
    TEXTS,
    at_work,
    exposed,
    stream_settings,
    wait_for,
    wait_for_lag,
)
from tests.tiny_artifact import TRIGGERS

HOSTILE = f"a {TRIGGERS['misogyny']}"


async def test_a_comment_that_is_published_is_decided_on_and_answered(
    broker: str, tiny_artifact: Path
) -> None:
    settings = stream_settings(tiny_artifact, broker)
    async with at_work(settings) as service, platform(broker) as topics:
        await topics.text(TEXTS, "c1", "hello women")
        await topics.text(TEXTS, "c2", HOSTILE, Idempotency_Key="mine")
        answers = {one.json["id"]: one for one in await topics.received(DECISIONS, 2)}
        assert answers["c1"].json["decision"]["action"] == "allow"
        assert answers["c2"].json["decision"]["flagged"] is True
        assert answers["c2"].headers["Idempotency-Key"] == "mine"
        assert answers["c2"].headers["content-type"] == "application/json"
        assert answers["c2"].json["item"] is not None
        with service.database.reading() as session:
            kept = session.scalars(select(Content).order_by(Content.content_id)).all()
            assert [one.text for one in kept] == ["hello women", HOSTILE]
            actors = session.scalars(select(Event.actor).where(Event.kind == "received"))
            assert set(actors) == {"stream"}
        # Counted once they are published, and the lag once the broker may forget them.
        await wait_for(service, "decided", 2)
        await wait_for_lag(service, 0)
        assert 'modsvc_stream_messages_total{outcome="decided"} 2.0' in exposed(service)
        assert 'modsvc_decisions_total{action="allow",language="en"} 1.0' in exposed(service)


async def test_what_cannot_be_read_is_put_aside_as_it_came_with_a_reason(
    broker: str, tiny_artifact: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "zanzibar"
    long = json.dumps({"content_id": "c3", "text": secret * 100}).encode()
    sent = {
        "malformed-json": b'{"content_id": "c1", "text": "zanzibar',
        "invalid-request": b'{"content_id": "c2", "zanzibar": "zanzibar"}',
        "too-large": long,
    }
    settings = stream_settings(tiny_artifact, broker, max_text_chars=100)
    before = logging.getLogger().handlers
    configure_logging("info")
    async with at_work(settings) as service, platform(broker) as topics:
        for body in sent.values():
            await topics.send(TEXTS, body, {"trace": "t1"}, "k")
        await topics.text(TEXTS, "c4", "hello women")
        letters = {one.headers["Modsvc-Reason"]: one for one in await topics.received(DEAD, 3)}
        assert {reason: one.body for reason, one in letters.items()} == sent
        # The others go on.
        assert [one.json["id"] for one in await topics.received(DECISIONS, 1)] == ["c4"]
        await wait_for(service, "dead", 3)
        assert 'modsvc_stream_messages_total{outcome="dead"} 3.0' in exposed(service)
    logging.getLogger().handlers = before
    invalid = letters["invalid-request"].headers
    assert "text: Field required" in invalid["Modsvc-Detail"]
    assert "(unknown key)" in invalid["Modsvc-Detail"]
    assert invalid["Modsvc-Place"].startswith(f"{TEXTS}/")
    assert invalid["trace"] == "t1"
    assert not [one for one in letters.values() if secret in str(one.headers)]
    log = capfd.readouterr().err
    assert log.count('"event": "message_put_aside"') == 3
    assert secret not in log


async def test_a_message_that_comes_again_gets_the_same_decision_and_undoes_no_edit(
    broker: str, tiny_artifact: Path
) -> None:
    settings = stream_settings(tiny_artifact, broker)
    async with at_work(settings) as service, platform(broker) as topics:
        # The producer was not told that its first message was taken, and sends all of it again.
        for n in (1, 2):
            await topics.text(TEXTS, "c1", HOSTILE, Idempotency_Key="k1")
            await topics.text(TEXTS, "c1", "hello women", Idempotency_Key="k2")
            expected = 2 * n
            await topics.received(DECISIONS, expected if broker.startswith("kafka") else 2)
        await wait_for(service, "known", 2)
        by_key: dict[str, set[str]] = {}
        for one in await topics.received(DECISIONS, 2):
            found = by_key.setdefault(one.headers["Idempotency-Key"], set())
            found.add(f"{one.json['version']} {one.json['decision']['id']}")
        assert [len(by_key[key]) for key in ("k1", "k2")] == [1, 1]
        with service.database.reading() as session:
            latest = session.scalars(select(Content).order_by(Content.version.desc())).first()
            assert latest is not None
            assert (latest.version, latest.text) == (2, "hello women")


async def test_edits_of_one_text_are_versions_in_the_order_in_which_they_came(
    broker: str, tiny_artifact: Path
) -> None:
    async with platform(broker) as topics:
        # All of it waits before the worker starts, so that it takes it at once.
        for n in range(12):
            await topics.text(TEXTS, "c1", f"hello women {n}")
        async with at_work(stream_settings(tiny_artifact, broker)) as service:
            await topics.received(DECISIONS, 12)
            with service.database.reading() as session:
                kept = session.scalars(select(Content).order_by(Content.version)).all()
                assert [one.text for one in kept] == [f"hello women {n}" for n in range(12)]


async def test_workers_of_one_group_share_the_messages(broker: str, tiny_artifact: Path) -> None:
    one = stream_settings(tiny_artifact, broker, stream_batch=4)
    async with platform(broker) as topics, at_work(one) as first, at_work(one) as second:
        for n in range(60):
            await topics.text(TEXTS, f"c{n}", f"hello women {n}")
        answers = await topics.received(DECISIONS, 60)
        assert sorted(answer.json["id"] for answer in answers) == sorted(f"c{n}" for n in range(60))
        with first.database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Content)) == 60
        await wait_for(first, "decided", 1)
        await wait_for(second, "decided", 1)
