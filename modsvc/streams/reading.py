"""A message → a text to be decided, or a letter to the dead topic that says why it is none.

In: messages. Out: a `ContentItem`, as in the body of `POST /v1/content` with one item, or the
exception that this raises there, and of an exception the letter: the very bytes that came, and
a reason that repeats nothing of them. Deciding is left to `modsvc.streams.deciding`.
"""

from typing import Final

from modsvc.api.errors import INTERNAL, fault_of
from modsvc.api.schemas_content import ContentItem, parse_content_item
from modsvc.api.score import check_limits
from modsvc.errors import InputTooLarge
from modsvc.settings import Settings
from modsvc.streams.messages import DETAIL, PLACE, REASON, Message, Reply

#: Headers are short.
_MAX_DETAIL: Final = 500


def read(message: Message, settings: Settings) -> ContentItem:
    """The text in a message. Raises InputTooLarge, or pydantic's ValidationError."""
    if len(message.body) > settings.max_body_bytes:
        raise InputTooLarge(
            f"The message has {len(message.body)} bytes, but at most {settings.max_body_bytes} "
            "are taken: send one text a message."
        )
    item = parse_content_item(message.body)
    check_limits([item], settings)
    return item


def letter(message: Message, topic: str, error: Exception) -> Reply:
    """What goes to the dead topic for a message that `error` was raised for."""
    fault = fault_of(error, tagged=False)
    slug = INTERNAL.slug if fault is None else fault.kind.slug
    detail = "This message failed again and again: see the log." if fault is None else fault.detail
    mistakes = [] if fault is None else fault.errors or []
    told = " ".join([detail, *(f"{one['at']}: {one['message']}." for one in mistakes)])
    headers = {
        **message.headers,
        REASON: slug,
        # Only what every broker's headers can hold.
        DETAIL: told.encode("ascii", "replace").decode().replace("\n", " ")[:_MAX_DETAIL],
        PLACE: message.place,
    }
    return Reply("dead", topic, message.body, headers, message.identity, message.key)


def without_body(reply: Reply) -> Reply:
    """The letter where the broker takes none as long: the place has the original, headers too."""
    left_out = f"{reply.headers[DETAIL][: _MAX_DETAIL // 2]} (Too long to be put here as well.)"
    headers = {REASON: reply.headers[REASON], DETAIL: left_out, PLACE: reply.headers[PLACE]}
    return Reply(reply.outcome, reply.topic, b"", headers, reply.identity, reply.key)
