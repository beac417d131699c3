"""What is particular to NATS: no server, no TLS, a server that goes away and comes back."""

import asyncio
import socket
from pathlib import Path

import pytest

from modsvc.api.deps import Service
from modsvc.errors import BrokerError
from modsvc.settings import Settings
from modsvc.streams.handling import Handler, Publish
from modsvc.streams.messages import Message
from modsvc.streams.stopping import Stopping
from modsvc.streams.worker import work
from modsvc.telemetry import Metrics
from tests.servers import Server
from tests.streams.platform import Nats, platform
from tests.streams.working import (
    DEAD,
    DECISIONS,
    TEXTS,
    at_work,
    stream_settings,
    wait_for,
    wait_for_lag,
)


async def test_a_worker_without_a_server_says_what_to_check(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modsvc.streams.jetstream._CONNECT_S", 0.5)
    with socket.socket() as unused:
        # Bound and not listening.
        unused.bind(("127.0.0.1", 0))
        url = f"nats://u:hunter2@127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(BrokerError, match="nats-server -js") as refused:
            await at_work_until_it_ends(stream_settings(tiny_artifact, url))
    assert "hunter2" not in str(refused.value)


async def test_tls_is_not_given_up_silently(nats_server: Server, tiny_artifact: Path) -> None:
    url = nats_server.url.replace("nats:", "tls:")
    with pytest.raises(BrokerError, match="without TLS"):
        await at_work_until_it_ends(stream_settings(tiny_artifact, url))


async def test_topics_that_are_missing_are_made_and_forget_as_texts_are_forgotten(
    nats_server: Server, tiny_artifact: Path
) -> None:
    settings = stream_settings(tiny_artifact, nats_server.url, retention_days=7)
    async with at_work(settings), platform(nats_server.url) as topics:
        assert isinstance(topics, Nats)
        await topics.wait_for(DEAD)
        for topic in (TEXTS, DECISIONS, DEAD):
            assert await topics.kept_days(topic) == 7
        await topics.text(TEXTS, "c1", "hello women")
        assert len(await topics.received(DECISIONS, 1)) == 1


async def test_the_lag_is_what_the_last_message_taken_says(
    nats_server: Server, tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle, others = Handler.handle, asyncio.Event()

    async def the_first_last(self: Handler, message: Message, publish: Publish) -> None:
        if b'"c1"' in message.body:
            await asyncio.wait_for(others.wait(), 60)
        await handle(self, message, publish)
        others.set()

    monkeypatch.setattr(Handler, "handle", the_first_last)
    async with platform(nats_server.url) as topics:
        await topics.make(TEXTS, DECISIONS, DEAD)
        # Both wait before the worker starts, so that it takes them at once.
        for name in ("c1", "c2"):
            await topics.text(TEXTS, name, "hello women")
        async with at_work(stream_settings(tiny_artifact, nats_server.url)) as service:
            await wait_for(service, "decided", 2)
            await wait_for_lag(service, 0)


async def test_a_server_that_comes_back_is_served_again(
    nats_server: Server, tiny_artifact: Path
) -> None:
    settings = stream_settings(tiny_artifact, nats_server.url)
    async with at_work(settings):
        async with platform(nats_server.url) as topics:
            assert isinstance(topics, Nats)
            await topics.wait_for(DEAD)
            await topics.text(TEXTS, "c1", "hello women")
            assert len(await topics.received(DECISIONS, 1)) == 1
        nats_server.stop()
        nats_server.start()
        async with platform(nats_server.url) as topics:
            await topics.text(TEXTS, "c2", "hello women")
            assert len(await topics.received(DECISIONS, 2)) == 2


async def at_work_until_it_ends(settings: Settings) -> None:
    """A worker that is not told to go."""
    service = Service.open(settings, Metrics())
    await work(service, Stopping())
