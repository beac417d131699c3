"""What every broker's module does with a message, in this order: decide, publish, then let it go.

In: a message, and how to publish. Out: nothing, when its reply is published, so that the broker
may forget it; Stopped, when the broker is to give it to another worker. So a message is handled
at least once, whenever a worker dies, and what is published twice is the same decision.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import structlog

from modsvc.errors import InputTooLarge, ModsvcError
from modsvc.streams.deciding import Decider
from modsvc.streams.messages import PLACE, Message, Reply
from modsvc.streams.reading import without_body
from modsvc.streams.stopping import Stopped, Stopping
from modsvc.telemetry import describe
from modsvc.telemetry.streams import StreamMetrics

#: Seconds between attempts to publish.
_AGAIN_S: Final = 1.0

log = structlog.get_logger("modsvc.streams")

#: Returns when the broker has the reply for good. Raises InputTooLarge where it never takes it,
#: anything else where it did not now.
Publish = Callable[[Reply], Awaitable[None]]


class Line(Protocol):
    """A connection to a broker, which has messages handled while it is open."""

    async def open(self) -> None:
        """Connect, make what is missing and begin. Raises BrokerError."""

    async def close(self) -> None:
        """Take no more, wait for those that are being handled, and let the others go."""


class Handler:
    """Handles the messages of one worker; safe to be called for many at once, on one loop."""

    def __init__(self, decider: Decider, stopping: Stopping, metrics: StreamMetrics) -> None:
        self._decider = decider
        self._stopping = stopping
        self.metrics = metrics

    async def handle(self, message: Message, publish: Publish) -> None:
        """See the module. Raises Stopped."""
        if self._stopping.begun:
            raise Stopped
        try:
            reply = await self._decider.reply(message)
        except ModsvcError as error:
            log.error("worker_ends", **describe(error))
            self._stopping.begin(error)
            raise Stopped from error
        await self._publish(reply, publish)
        self.metrics.message(reply.outcome)

    async def _publish(self, reply: Reply, publish: Publish) -> None:
        while True:
            try:
                await publish(reply)
            except InputTooLarge:
                if not reply.body:
                    raise
                log.error("letter_too_long", place=reply.headers[PLACE])
                reply = without_body(reply)
            except Exception as error:
                self.metrics.waited("Broker")
                log.warning("not_published", topic=reply.topic, **describe(error))
                await self._stopping.pause(_AGAIN_S)
            else:
                return
