"""The other end of a webhook: is this request the service's, and what does it tell?

In: the webhook's secret, and a request's headers and raw body. Out: a `Notice`, or
SignatureMismatch. Deliveries come at least once and in no promised order: remember `delivery`,
and go by the content's `version` and by `at`.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from modsvc.client.errors import SignatureMismatch, UnexpectedAnswer
from modsvc.client.results import Action, Appeal, Json, Kept, as_names
from modsvc.webhooks.signature import HEADER, TOLERANCE_S, verify


@dataclass(frozen=True, slots=True)
class Holds:
    """What holds for a content; see `State`."""

    status: str
    action: Action
    categories: tuple[str, ...] | None

    @classmethod
    def of(cls, raw: Json) -> Self:
        """From JSON."""
        return cls(raw["status"], raw["action"], as_names(raw["categories"]))


@dataclass(frozen=True, slots=True)
class Notice:
    """What the service tells: `type` is `decision.made`, `decision.changed` or `appeal.resolved`.

    `before`, and the review item `reviewed`, are there where people changed something; `appeal`
    where one ended, or where its end was undone.
    """

    delivery: str
    type: str
    at: datetime
    content: Kept
    now: Holds
    before: Holds | None
    reviewed: str | None
    appeal: Appeal | None

    @classmethod
    def of(cls, raw: Json) -> Self:
        """From JSON."""
        before, appeal = raw.get("before"), raw.get("appeal")
        return cls(
            delivery=raw["delivery"],
            type=raw["type"],
            at=datetime.fromisoformat(raw["at"]),
            content=Kept.of(raw["content"]),
            now=Holds.of(raw),
            before=None if before is None else Holds.of(before),
            reviewed=raw.get("reviewed"),
            appeal=None if appeal is None else Appeal.of(appeal),
        )


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, tolerance: float = TOLERANCE_S
) -> Notice:
    """What a request tells, once it is proven to be the service's.

    `body` is the raw body, as it came; `tolerance` are the seconds by which the two clocks and
    the way here may differ. Raises SignatureMismatch, or UnexpectedAnswer where it is signed but
    in the form of another version.
    """
    sent = [value for name, value in headers.items() if name.lower() == HEADER.lower()]
    if len(sent) != 1 or not verify(secret, sent[0], body, time.time(), tolerance):
        raise SignatureMismatch(
            f"{HEADER} is missing, not made with this secret, not of this body, or more than "
            f"{tolerance:g} s off: answer 400, and check the secret, the clock, and that the body "
            "is the raw one."
        )
    try:
        return Notice.of(json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UnexpectedAnswer(
            f"The message has another form than this client reads ({type(error).__name__}): "
            "use the client of the service's version."
        ) from None
