"""Messages whose decision has to wait, fails, or cannot be had any more; no broker is needed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from modsvc.api.background import working
from modsvc.api.deps import Service
from modsvc.errors import ChainBroken, InputTooLarge, Overloaded, StoreUnavailable
from modsvc.ingest.service import Ingest
from modsvc.streams import deciding, handling
from modsvc.streams.deciding import Decider
from modsvc.streams.handling import Handler
from modsvc.streams.messages import Message, Reply
from modsvc.streams.stopping import Stopped, Stopping
from modsvc.streams.topics import Topics
from modsvc.telemetry import Metrics
from tests.api.serving import make_settings

TOPICS = Topics("comments", "decisions", "comments.dead", "modsvc")
MESSAGE = Message("comments", "comments/1", b'{"content_id": "c1", "text": "hello women"}')


@pytest.fixture
async def service(tiny_artifact: Path) -> AsyncIterator[Service]:
    """A service at work."""
    made = Service.open(make_settings(tiny_artifact), Metrics())
    async with working(made):
        yield made


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the next decisions fail by these errors, one after another."""

    def fail(*errors: Exception) -> None:
        real, left = Ingest.take, list(errors)

        async def take(self: Ingest, *drafts: Any, **more: Any) -> Any:
            if left:
                raise left.pop(0)
            return await real(self, *drafts, **more)

        monkeypatch.setattr(Ingest, "take", take)

    monkeypatch.setattr(deciding, "_FIRST_S", 0.01)
    monkeypatch.setattr(handling, "_AGAIN_S", 0.01)
    return fail


async def test_it_waits_for_the_database_and_the_model(
    service: Service, failing: Callable[..., None]
) -> None:
    failing(StoreUnavailable("away"), StoreUnavailable("away"), Overloaded("", retry_after_s=0.01))
    reply = await Decider(service, TOPICS, Stopping()).reply(MESSAGE)
    assert (reply.outcome, reply.topic) == ("decided", "decisions")
    value = service.metrics.registry.get_sample_value
    assert value("modsvc_stream_waits_total", {"reason": "StoreUnavailable"}) == 2
    assert value("modsvc_stream_waits_total", {"reason": "Overloaded"}) == 1


async def test_who_waits_lets_go_when_the_worker_ends(
    service: Service, failing: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(StoreUnavailable("away"))
    monkeypatch.setattr(deciding, "_FIRST_S", 60.0)
    stopping = Stopping()
    waiting = asyncio.create_task(Decider(service, TOPICS, stopping).reply(MESSAGE))
    await asyncio.sleep(0.05)
    stopping.begin()
    with pytest.raises(Stopped):
        await asyncio.wait_for(waiting, 10)


async def test_what_nobody_foresaw_is_tried_again_and_then_put_aside(
    service: Service, failing: Callable[..., None]
) -> None:
    decider = Decider(service, TOPICS, Stopping())
    failing(*[RuntimeError("hello women")] * 2)
    assert (await decider.reply(MESSAGE)).outcome == "decided"
    failing(*[RuntimeError("hello women")] * 3)
    reply = await decider.reply(MESSAGE)
    assert (reply.outcome, reply.body) == ("dead", MESSAGE.body)
    assert reply.headers["Modsvc-Reason"] == "internal"
    assert "hello" not in str(reply.headers)


async def test_a_broken_chain_ends_the_worker_and_puts_nothing_aside(
    service: Service, failing: Callable[..., None]
) -> None:
    failing(ChainBroken("the chain is broken"))
    stopping = Stopping()
    handler = Handler(Decider(service, TOPICS, stopping), stopping, service.metrics.streams)
    published: list[Reply] = []

    async def publish(reply: Reply) -> None:
        published.append(reply)

    with pytest.raises(Stopped):
        await handler.handle(MESSAGE, publish)
    assert isinstance(stopping.error, ChainBroken)
    with pytest.raises(Stopped):
        await handler.handle(MESSAGE, publish)
    assert not published


async def test_an_answer_is_published_until_the_broker_has_it(
    service: Service, failing: Callable[..., None]
) -> None:
    failing()
    stopping = Stopping()
    handler = Handler(Decider(service, TOPICS, stopping), stopping, service.metrics.streams)
    attempts: list[bytes] = []

    async def publish(reply: Reply) -> None:
        attempts.append(reply.body)
        if len(attempts) < 3:
            raise OSError("the broker is away")

    await handler.handle(MESSAGE, publish)
    assert len(attempts) == 3
    assert len(set(attempts)) == 1


async def test_a_letter_that_is_too_long_for_the_broker_goes_without_its_body(
    service: Service,
) -> None:
    stopping = Stopping()
    handler = Handler(Decider(service, TOPICS, stopping), stopping, service.metrics.streams)
    published: list[Reply] = []

    async def publish(reply: Reply) -> None:
        if len(reply.body) > 10:
            raise InputTooLarge("too long")
        published.append(reply)

    await handler.handle(Message("comments", "comments/7", b"no JSON but long"), publish)
    [letter] = published
    assert (letter.body, letter.headers["Modsvc-Place"]) == (b"", "comments/7")
    assert "Too long" in letter.headers["Modsvc-Detail"]


async def test_the_key_of_another_message_is_put_aside(service: Service) -> None:
    decider = Decider(service, TOPICS, Stopping())
    named = {"idempotency-key": "k1"}
    first = Message("comments", "comments/1", MESSAGE.body, named)
    other = Message("comments", "comments/2", b'{"content_id": "c2", "text": "hello"}', named)
    assert (await decider.reply(first)).outcome == "decided"
    reply = await decider.reply(other)
    assert (reply.outcome, reply.headers["Modsvc-Reason"]) == ("dead", "idempotency-mismatch")
    # The same key in another topic is another one.
    elsewhere = Message("posts", "posts/1", other.body, named)
    assert (await decider.reply(elsewhere)).outcome == "decided"


def test_a_message_is_itself_wherever_it_comes_again() -> None:
    again = Message("comments", "comments/1", b"", {"other": "header"})
    assert again.identity == MESSAGE.identity
    assert Message("comments", "comments/2", MESSAGE.body).identity != MESSAGE.identity
    assert Message("comments", "a", b"", {"Idempotency-Key": "comments/1"}).identity not in (
        MESSAGE.identity,
    )
