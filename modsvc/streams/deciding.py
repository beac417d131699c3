"""One message → one reply, whatever it takes: what came before is told again, what fails waits.

In: messages, from whatever broker. Out: replies, once the decision is committed; a message that
comes again is replied to as before, also where its text was edited since. While the database or
the model has no time a message waits here, and is lost by nobody: it is acknowledged after its
reply was published. Publishing is left to the broker's module.
"""

import hashlib
from typing import Final

import structlog
from pydantic import ValidationError

from modsvc.api.content import draft_of
from modsvc.api.deps import Service
from modsvc.api.schemas_content import KEPT, ContentItem
from modsvc.errors import InputError, ModsvcError, StoreUnavailable, TryLater
from modsvc.ingest.requests import Once, Taken
from modsvc.streams.messages import IDEMPOTENCY_KEY, PLACE, REASON, Message, Outcome, Reply
from modsvc.streams.reading import letter, read
from modsvc.streams.stopping import Stopping
from modsvc.streams.topics import Topics
from modsvc.streams.turns import Turns
from modsvc.telemetry import describe

#: Seconds between attempts: the first, and the longest.
_FIRST_S: Final = 0.5
_LONGEST_S: Final = 30.0

#: What nobody foresaw is tried so often before the message is put aside.
_ATTEMPTS: Final = 3

#: How the record calls streams, and whose idempotency keys theirs are.
ACTOR: Final = "stream"

log = structlog.get_logger("modsvc.streams")


class Decider:
    """Decides on the texts of one topic."""

    def __init__(self, service: Service, topics: Topics, stopping: Stopping) -> None:
        self._service = service
        self._topics = topics
        self._stopping = stopping
        self._turns = Turns()

    async def reply(self, message: Message) -> Reply:
        """What to publish for a message.

        Raises Stopped where it would have to wait and the worker is to end, and ModsvcError
        where no message can be decided any more.
        """
        try:
            item = read(message, self._service.settings)
        except (InputError, ValidationError) as error:
            return self._dead(message, error)
        async with self._turns.of((item.community or "", item.content_id)):
            return await self._decided(message, item)

    async def _decided(self, message: Message, item: ContentItem) -> Reply:
        failures = waits = 0
        while True:
            try:
                taken = await self._take(message, item)
            except (TryLater, StoreUnavailable) as error:
                waits += 1
                self._service.metrics.streams.waited(type(error).__name__)
                await self._stopping.pause(_pause(waits, error))
            except InputError as error:
                return self._dead(message, error)
            except ModsvcError:
                raise
            except Exception as error:
                failures += 1
                log.error("message_failed", place=message.place, **describe(error))
                if failures == _ATTEMPTS:
                    return self._dead(message, error)
                await self._stopping.pause(_pause(failures, error))
            else:
                return self._answer(message, item, taken)

    async def _take(self, message: Message, item: ContentItem) -> Taken:
        digest = hashlib.sha256(message.body).hexdigest()
        [taken] = await self._service.ingest.take(
            [draft_of(item, item.community or "")],
            actor=ACTOR,
            deadline_s=self._service.settings.deadline_s,
            once=Once(ACTOR, message.identity, digest),
        )
        return taken

    def _answer(self, message: Message, item: ContentItem, taken: Taken) -> Reply:
        if taken.judgement is not None:
            self._service.metrics.texts.judgements([taken.judgement])
        body = KEPT.dump_json(KEPT.validate_python(taken.answer))
        headers = {"content-type": "application/json", PLACE: message.place}
        if message.given_key is not None:
            headers[IDEMPOTENCY_KEY] = message.given_key
        outcome: Outcome = "known" if taken.judgement is None else "decided"
        # By content, so that what is said of one text stays in order.
        key = item.content_id.encode()
        return Reply(outcome, self._topics.decisions, body, headers, message.identity, key)

    def _dead(self, message: Message, error: Exception) -> Reply:
        reply = letter(message, self._topics.dead, error)
        log.warning("message_put_aside", place=message.place, reason=reply.headers[REASON])
        return reply


def _pause(attempt: int, error: Exception) -> float:
    """Seconds to wait: what the error says, and twice as long each time."""
    told = error.retry_after_s if isinstance(error, TryLater) else 0.0
    longer: float = _FIRST_S * 2 ** min(attempt - 1, 10)
    return min(_LONGEST_S, max(told, longer))
