"""Kafka, or what speaks its protocol: a consumer group, whose offsets are committed by batches.

In: a `Place` and topics. Out: a `Line`. The messages of a batch are handled together, and those of
one text in order; the offsets are committed when the last one's reply is published. A worker
that says nothing for `stream_takeover_s` loses its partitions to others. Topics that are missing
are made where the brokers do so by themselves.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordTooLargeError
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage
from faststream.kafka.security import parse_security
from faststream.message import StreamMessage
from faststream.middlewares import AckPolicy
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from modsvc.errors import BrokerError, InputTooLarge
from modsvc.settings import Settings
from modsvc.streams.handling import Handler
from modsvc.streams.messages import Message, Reply
from modsvc.streams.topics import Place, Topics

_CONNECT_S: Final = 15.0
_FETCH_MS: Final = 200

#: A topic that was just made has no leader for a moment.
_TRIES: Final = 10
_BETWEEN_S: Final = 0.3

Records = tuple[ConsumerRecord[Any, Any], ...]


class KafkaLine:
    """A worker's connection to Kafka."""

    def __init__(self, place: Place, topics: Topics, settings: Settings, handler: Handler) -> None:
        self._topics = topics
        self._handler = handler
        self._place = place
        self._broker = KafkaBroker(
            place.servers,
            client_id="modsvc",
            # A decision is published when all replicas have it.
            acks="all",
            security=_security(place),
            allow_auto_create_topics=False,
            graceful_timeout=settings.grace_s,
            # Its messages quote those of exceptions, which may quote a text.
            logger=None,
            apply_types=False,
        )
        takeover_ms = round(settings.stream_takeover_s * 1000)
        subscriber = self._broker.subscriber(
            topics.texts,
            group_id=topics.group,
            batch=True,
            max_records=settings.stream_batch,
            batch_timeout_ms=_FETCH_MS,
            auto_offset_reset="earliest",
            session_timeout_ms=takeover_ms,
            heartbeat_interval_ms=max(1, takeover_ms // 3),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            # A message says what to judge, not where to send what comes of it.
            no_reply=True,
            parser=_readable,
            decoder=_whole,
        )
        subscriber(self._handle)

    async def open(self) -> None:
        """Connect, make topics that are missing and begin. Raises BrokerError."""
        try:
            async with asyncio.timeout(_CONNECT_S):
                await self._prepare()
                await self._broker.start()
        except (KafkaError, OSError, TimeoutError) as error:
            await self._broker.stop()
            raise BrokerError(
                f"Kafka cannot be used ({type(error).__name__}): check that it runs, the hosts, "
                "user, password and mechanism of MODSVC_STREAM_BROKER, and that its user may read "
                "and write the topics."
            ) from error

    async def close(self) -> None:
        """Take no more, and wait for those that are being handled."""
        await self._broker.stop()

    async def _prepare(self) -> None:
        """Ask for the topics, whereupon brokers make those that are missing, if they may."""
        wanted = [self._topics.texts, self._topics.decisions, self._topics.dead]
        admin = AIOKafkaAdminClient(
            bootstrap_servers=list(self._place.servers),
            client_id="modsvc",
            **parse_security(_security(self._place)),
        )
        await admin.start()
        try:
            for _ in range(_TRIES):
                told = await admin.describe_topics(wanted)
                missing = [one["topic"] for one in told if one["error_code"]]
                if not missing:
                    return
                await asyncio.sleep(_BETWEEN_S)
        finally:
            await admin.close()
        raise BrokerError(
            f"Kafka has no topics {', '.join(missing)}, and makes none by itself: make them "
            "(kafka-topics.sh --create --topic …), with a partition for each worker at the least."
        )

    async def _handle(self, batch: KafkaMessage) -> None:
        records = batch.raw_message
        done = await asyncio.gather(
            *(
                self._handler.handle(_message(record, headers), self._publish)
                for record, headers in zip(records, batch.batch_headers, strict=True)
            ),
            return_exceptions=True,
        )
        for outcome in done:
            # One is as good as all: the whole batch comes again, and what was decided is known.
            if isinstance(outcome, BaseException):
                raise outcome
        if isinstance(batch.consumer, AIOKafkaConsumer):
            self._handler.metrics.lag(await _behind(batch.consumer))

    async def _publish(self, reply: Reply) -> None:
        try:
            await self._broker.publish(
                reply.body, reply.topic, key=reply.key, headers=dict(reply.headers)
            )
        except (MessageSizeTooLargeError, RecordTooLargeError) as error:
            raise InputTooLarge("The broker takes no message as long.") from error


async def _readable(
    records: Records, original: Callable[[Records], Awaitable[StreamMessage[Any]]]
) -> StreamMessage[Any]:
    """The library's own parser, for headers that it cannot read, too."""
    return await original(tuple(_mended(record) for record in records))


async def _whole(message: StreamMessage[Any]) -> StreamMessage[Any]:
    """No decoding: what cannot be read is ours to put aside."""
    return message


def _mended(record: ConsumerRecord[Any, Any]) -> ConsumerRecord[Any, Any]:
    mended = [
        (name, (value or b"").decode(errors="replace").encode()) for name, value in record.headers
    ]
    return replace(record, headers=mended)


def _message(record: ConsumerRecord[Any, Any], headers: dict[str, str]) -> Message:
    place = f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp}"
    return Message(record.topic, place, record.value or b"", headers, record.key)


async def _behind(consumer: AIOKafkaConsumer) -> int:
    behind = 0
    for partition in consumer.assignment():
        end = consumer.highwater(partition)
        if end is not None:
            behind += max(0, end - await consumer.position(partition))
    return behind


def _security(place: Place) -> BaseSecurity:
    context = ssl.create_default_context() if place.tls else None
    if place.user is None or place.password is None:
        return BaseSecurity(ssl_context=context, use_ssl=place.tls)
    kinds = {
        "plain": SASLPlaintext,
        "scram-sha-256": SASLScram256,
        "scram-sha-512": SASLScram512,
    }
    return kinds[place.mechanism](
        username=place.user, password=place.password, ssl_context=context, use_ssl=place.tls
    )
