"""What a platform does with topics of NATS or Kafka, as its own code would: without any of ours."""

import asyncio
import json
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import nats
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from nats.errors import TimeoutError as NothingMore
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

Headers = Mapping[str, str]


class Received(NamedTuple):
    """A message of a topic."""

    body: bytes
    headers: Headers

    @property
    def json(self) -> dict[str, Any]:
        """The body, read."""
        read: dict[str, Any] = json.loads(self.body)
        return read


class Platform(ABC):
    """Sends texts and reads answers."""

    @abstractmethod
    async def make(self, *topics: str) -> None:
        """Topics, as an operator makes them beforehand; in Kafka of four partitions."""

    @abstractmethod
    async def send(self, topic: str, body: bytes, headers: Headers, key: str) -> None:
        """One message, kept by the broker when this returns."""

    @abstractmethod
    async def held(self, topic: str) -> int:
        """How many messages there are in a topic."""

    @abstractmethod
    async def read(self, topic: str, count: int) -> list[Received]:
        """So many messages, from the first on."""

    async def text(self, topic: str, content_id: str, text: str, **headers: str) -> None:
        """One text to be judged; `Idempotency_Key` and the like are headers."""
        body = json.dumps({"content_id": content_id, "text": text}).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self.send(topic, body, named, content_id)

    async def received(self, topic: str, count: int, *, seconds: float = 60.0) -> list[Received]:
        """The messages of a topic, once there are `count`, or what there is after that time."""
        give_up = time.monotonic() + seconds
        while (held := await self.held(topic)) < count and time.monotonic() < give_up:
            await asyncio.sleep(0.05)
        return await self.read(topic, held)


class Nats(Platform):
    """With JetStream."""

    def __init__(self, streams: JetStreamContext) -> None:
        self._streams = streams

    async def make(self, *topics: str) -> None:
        for topic in topics:
            await self._streams.add_stream(name=topic.replace(".", "_"), subjects=[topic])

    async def send(self, topic: str, body: bytes, headers: Headers, key: str) -> None:
        await self._streams.publish(topic, body, headers=dict(headers) or None)

    async def held(self, topic: str) -> int:
        try:
            name = await self._streams.find_stream_name_by_subject(topic)
        except NotFoundError:
            return 0
        return (await self._streams.stream_info(name)).state.messages

    async def wait_for(self, topic: str) -> None:
        """Until a worker has made it."""
        for _ in range(1200):
            try:
                await self._streams.find_stream_name_by_subject(topic)
                return
            except NotFoundError:
                await asyncio.sleep(0.05)
        raise RuntimeError(f"nobody made {topic}")

    async def kept_days(self, topic: str) -> float:
        """For how long the topic keeps its messages."""
        name = await self._streams.find_stream_name_by_subject(topic)
        return ((await self._streams.stream_info(name)).config.max_age or 0) / 86_400

    async def unfinished(self, topic: str, group: str) -> int:
        """How many messages the group has not acknowledged."""
        name = topic.replace(".", "_")
        known = await self._streams.consumer_info(name, f"{group}-{name}")
        return (known.num_ack_pending or 0) + (known.num_pending or 0)

    async def read(self, topic: str, count: int) -> list[Received]:
        found: list[Received] = []
        if not count:
            return found
        reader = await self._streams.pull_subscribe(topic)
        while len(found) < count:
            try:
                batch = await reader.fetch(count - len(found), timeout=5)
            except NothingMore:
                break
            found += [Received(one.data, one.headers or {}) for one in batch]
            for one in batch:
                await one.ack()
        await reader.unsubscribe()
        return found


class Kafka(Platform):
    """What speaks its protocol."""

    def __init__(self, server: str, producer: AIOKafkaProducer) -> None:
        self._server = server
        self._producer = producer
        self._readers: dict[str, AIOKafkaConsumer] = {}
        self._found: dict[str, list[Received]] = {}

    async def make(self, *topics: str) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._server)
        await admin.start()
        await admin.create_topics([NewTopic(topic, 4, 1) for topic in topics])
        await admin.close()

    async def send(self, topic: str, body: bytes, headers: Headers, key: str) -> None:
        listed = [(name, value.encode()) for name, value in headers.items()]
        await self._producer.send_and_wait(topic, body, key=key.encode(), headers=listed)

    async def held(self, topic: str) -> int:
        # By reading: some that speak the protocol count a batch as one in its end offset.
        reader = self._readers.get(topic) or await self._read_from_the_first(topic)
        for records in (await reader.getmany(timeout_ms=50)).values():
            self._found[topic] += [
                Received(one.value, {name: text.decode() for name, text in one.headers})
                for one in records
            ]
        return len(self._found[topic])

    async def read(self, topic: str, count: int) -> list[Received]:
        return self._found[topic][:count]

    async def close(self) -> None:
        """End what was begun."""
        for reader in self._readers.values():
            await reader.stop()
        await self._producer.stop()

    async def _read_from_the_first(self, topic: str) -> AIOKafkaConsumer:
        reader = self._readers[topic] = AIOKafkaConsumer(bootstrap_servers=self._server)
        self._found[topic] = []
        await reader.start()
        known = await reader._client.fetch_all_metadata()
        partitions = [TopicPartition(topic, one) for one in known.partitions_for_topic(topic) or ()]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        return reader


@asynccontextmanager
async def platform(url: str) -> AsyncIterator[Platform]:
    """A connection of the platform's own."""
    if url.startswith("nats:"):
        client = await nats.connect(url)
        yield Nats(client.jetstream(timeout=30))
        await client.close()
        return
    server = url.removeprefix("kafka://")
    producer = AIOKafkaProducer(bootstrap_servers=server)
    await producer.start()
    kafka = Kafka(server, producer)
    yield kafka
    await kafka.close()
