"""Workers that die or are told to go in the middle of a stream: none is lost, none is twice."""

import asyncio
import json
import signal
import time
from collections import defaultdict
from pathlib import Path

from sqlalchemy import func, select

from modsvc.store import verify
from modsvc.store.database import Database
from modsvc.store.tables import Content, Decision, Event
from tests.databases import SECRET
from tests.servers import Server
from tests.streams.platform import Nats, Platform, platform
from tests.streams.working import DEAD, DECISIONS, TEXTS, process, stream_settings
from tests.tiny_artifact import TRIGGERS

COUNT = 60

#: Seconds for one step, which takes a few where a core is free; many may share the machine.
_PATIENCE_S = 300


async def test_a_killed_worker_loses_no_decision_over_nats(
    nats_server: Server, tiny_artifact: Path, database_url: str, tmp_path: Path
) -> None:
    await lose_a_worker(nats_server.url, tiny_artifact, database_url, tmp_path)


async def test_a_killed_worker_loses_no_decision_over_kafka(
    kafka_server: Server, tiny_artifact: Path, database_url: str, tmp_path: Path
) -> None:
    await lose_a_worker(kafka_server.url, tiny_artifact, database_url, tmp_path)


async def lose_a_worker(url: str, model: Path, database_url: str, tmp_path: Path) -> None:
    """Two workers; one gets `kill -9` in the middle, the other one takes over."""
    settings = stream_settings(
        model,
        url,
        database_url=database_url,
        secret_key=SECRET,
        stream_batch=8,
        # Kafka's brokers take no less than six by default.
        stream_takeover_s=6 if url.startswith("kafka") else 2,
    )
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    async with platform(url) as topics:
        await topics.make(TEXTS, DECISIONS, DEAD)
        with process(settings, logs[0]) as first, process(settings, logs[1]):
            # Else the one that is killed may have had nothing, or everything.
            await until_they_have_begun(logs)
            sending = asyncio.create_task(send(topics))
            await until_under_way(topics, logs)
            first.kill()
            await sending
            answers = await until_all_are_answered(topics)
    decided = defaultdict(set)
    for answer in answers:
        decided[answer["id"]].add(answer["decision"]["id"])
    # Whatever was published twice is one decision.
    assert {name: len(ids) for name, ids in decided.items()} == {f"c{n}": 1 for n in range(COUNT)}
    check_what_was_kept(database_url, tmp_path)


async def until_they_have_begun(logs: list[Path]) -> None:
    """Until each worker says that it takes messages."""
    give_up = time.monotonic() + _PATIENCE_S
    while not all('"stream_begun"' in log.read_text(encoding="utf-8") for log in logs):
        assert time.monotonic() < give_up, [log.read_text(encoding="utf-8") for log in logs]
        await asyncio.sleep(0.05)


async def send(topics: Platform) -> None:
    """Every tenth text is one to be reviewed."""
    for n in range(COUNT):
        await topics.text(TEXTS, f"c{n}", TRIGGERS["misogyny"] if n % 10 == 0 else "hello women")


async def until_under_way(topics: Platform, logs: list[Path]) -> None:
    """Until a quarter of the texts is answered."""
    give_up = time.monotonic() + _PATIENCE_S
    while await topics.held(DECISIONS) < COUNT / 4:
        assert time.monotonic() < give_up, [log.read_text(encoding="utf-8") for log in logs]
        await asyncio.sleep(0.01)


async def until_all_are_answered(topics: Platform) -> list[dict[str, object]]:
    """The bodies of all answers, once there is one for each text."""
    give_up = time.monotonic() + _PATIENCE_S
    while True:
        answers = [one.json for one in await topics.read(DECISIONS, await topics.held(DECISIONS))]
        named = {one["id"] for one in answers}
        if len(named) == COUNT:
            return answers
        assert time.monotonic() < give_up, f"{len(named)} of {COUNT} are answered"
        await asyncio.sleep(0.2)


def check_what_was_kept(database_url: str, tmp_path: Path) -> None:
    """One content, decision and review item for each text, and a record that is whole."""
    database = Database.open(tmp_path, database_url, SECRET)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Content)) == COUNT
        assert session.scalar(select(func.count()).select_from(Decision)) == COUNT
        flagged = select(func.count()).select_from(Event).where(Event.kind == "flagged")
        assert session.scalar(flagged) == COUNT / 10
        assert not list(verify.verify(session, None))
    database.close()


async def test_a_worker_that_is_told_to_go_finishes_what_it_began(
    nats_server: Server, tiny_artifact: Path, tmp_path: Path
) -> None:
    settings = stream_settings(tiny_artifact, nats_server.url, stream_takeover_s=60, grace_s=60)
    log = tmp_path / "worker.log"
    async with platform(nats_server.url) as topics:
        assert isinstance(topics, Nats)
        await topics.make(TEXTS, DECISIONS, DEAD)
        with process(settings, log) as worker:
            sending = asyncio.create_task(send(topics))
            await until_under_way(topics, [log])
            worker.send_signal(signal.SIGTERM)
            await sending
            assert await asyncio.to_thread(worker.wait, 90) == 0
        answered = await topics.held(DECISIONS)
        # What was acknowledged the broker takes note of in its own time, and sooner than it would
        # have given the rest to others.
        give_up = time.monotonic() + 30
        while COUNT - await topics.unfinished(TEXTS, "modsvc") != answered:
            assert time.monotonic() < give_up
            await asyncio.sleep(0.05)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    events = [line["event"] for line in lines]
    assert {"stream_begun", "stream_ends"} <= set(events)
    assert not {"message_failed", "not_published", "worker_ends", "stop_cut_short"} & set(events)
