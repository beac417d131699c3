"""NATS with JetStream: a durable pull consumer for the group, one acknowledgement a message.

In: a `Place` and topics, which are subjects. Out: a `Line`. Messages that a worker holds come to
another one when it has said nothing of them for `stream_takeover_s`. A subject that no stream
holds gets one, whose messages are kept as long as texts are.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from faststream.message import StreamMessage
from faststream.middlewares import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsMessage
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy as ServerAckPolicy
from nats.js.api import ConsumerConfig
from nats.js.errors import NotFoundError

from modsvc.errors import BrokerError, InputTooLarge
from modsvc.settings import Settings
from modsvc.streams.handling import Handler
from modsvc.streams.messages import Message, Reply
from modsvc.streams.topics import Place, Topics

_CONNECT_S: Final = 10.0
_FETCH_S: Final = 1.0
_PUBLISH_S: Final = 5.0

#: Headers by which producers tell the server what to do, and which are not for another topic.
_FOR_THE_SERVER: Final = "nats-"


class JetStreamLine:
    """A worker's connection to NATS."""

    def __init__(self, place: Place, topics: Topics, settings: Settings, handler: Handler) -> None:
        self._topics = topics
        self._settings = settings
        self._tls = place.tls
        self._handler = handler
        self._streams: dict[str, str] = {}
        self._broker = NatsBroker(
            place.servers,
            name="modsvc",
            # For ever: who ends after some minutes has to be started again by somebody.
            max_reconnect_attempts=-1,
            graceful_timeout=settings.grace_s,
            # Its messages quote those of exceptions, which may quote a text.
            logger=None,
            apply_types=False,
        )

    async def open(self) -> None:
        """Connect, make streams that are missing and begin. Raises BrokerError."""
        try:
            client = await asyncio.wait_for(self._broker.connect(), _CONNECT_S)
            self._check_tls(client)
            await self._prepare(client)
            self._subscribe()
            await self._broker.start()
        except BrokerError:
            await self._broker.stop()
            raise
        except (NatsError, OSError, TimeoutError) as error:
            await self._broker.stop()
            raise BrokerError(
                f"NATS cannot be used ({type(error).__name__}): check that it runs with JetStream "
                "(nats-server -js), and the host, user and password of MODSVC_STREAM_BROKER."
            ) from error

    async def close(self) -> None:
        """Take no more, and wait for those that are being handled."""
        await self._broker.stop()

    def _check_tls(self, client: Client) -> None:
        # The client encrypts where the server asks for it, whatever the URL says, and tells
        # whether it did in this place alone.
        if self._tls and not client._server_info.get("tls_required"):
            raise BrokerError(
                "NATS speaks without TLS there, which tls:// rules out: give it a certificate, or "
                "write nats:// where nobody can listen. Change the password if there was one."
            )

    async def _prepare(self, client: Client) -> None:
        streams = client.jetstream(timeout=_CONNECT_S)
        for topic in (self._topics.texts, self._topics.decisions, self._topics.dead):
            self._streams[topic] = await self._stream_of(streams, topic)

    async def _stream_of(self, streams: JetStreamContext, topic: str) -> str:
        try:
            return await streams.find_stream_name_by_subject(topic)
        except NotFoundError:
            name = topic.replace(".", "_")
            kept_s = self._settings.retention_days * 86_400
            await streams.add_stream(name=name, subjects=[topic], max_age=kept_s)
            return name

    def _subscribe(self) -> None:
        # One consumer for each topic of a group: a stream may hold several topics.
        name = f"{self._topics.group}-{self._topics.texts.replace('.', '_')}"
        subscriber = self._broker.subscriber(
            self._topics.texts,
            stream=JStream(self._streams[self._topics.texts], declare=False),
            durable=name,
            config=ConsumerConfig(
                ack_policy=ServerAckPolicy.EXPLICIT, ack_wait=self._settings.stream_takeover_s
            ),
            pull_sub=PullSub(batch_size=self._settings.stream_batch, timeout=_FETCH_S),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            # A message says what to judge, not where to send what comes of it.
            no_reply=True,
            decoder=_whole,
        )
        subscriber(self._handle)

    async def _handle(self, message: NatsMessage) -> None:
        known = message.raw_message.metadata
        # Before it is handled: who is done last among many need not have come last.
        self._handler.metrics.lag(known.num_pending or 0)
        place = f"{known.stream}/{known.sequence.stream}/{known.timestamp.isoformat()}"
        async with _held(message, self._settings.stream_takeover_s / 3):
            await self._handler.handle(
                Message(self._topics.texts, place, message.body, _plain(message)), self._publish
            )

    async def _publish(self, reply: Reply) -> None:
        # The server drops what it was sent before under the same id.
        headers = {**reply.headers, "Nats-Msg-Id": f"{reply.topic}/{reply.identity}"}
        try:
            await self._broker.publish(
                reply.body,
                reply.topic,
                headers=headers,
                stream=self._streams[reply.topic],
                timeout=_PUBLISH_S,
            )
        except MaxPayloadError as error:
            raise InputTooLarge("The server takes no message as long.") from error


async def _whole(message: StreamMessage[Any]) -> StreamMessage[Any]:
    """No decoding: what cannot be read is ours to put aside."""
    return message


def _plain(message: NatsMessage) -> dict[str, str]:
    given = message.headers.items()
    return {name: one for name, one in given if not name.lower().startswith(_FOR_THE_SERVER)}


@asynccontextmanager
async def _held(message: NatsMessage, every_s: float) -> AsyncIterator[None]:
    """Tell the server within the block that the message is being worked on."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(every_s)
            await message.in_progress()

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
