"""What travels: a message as a broker delivered it, and the reply that is published for it.

In: bytes, headers and a place. Out: values that know no broker. Reading a message is left to
`modsvc.streams.reading`, sending one to the broker's module.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

#: A producer names a message by it, so that one that it sends twice is decided once.
IDEMPOTENCY_KEY: Final = "Idempotency-Key"

#: Why a message was put into the dead topic (a problem's slug), in words, and where it was.
REASON: Final = "Modsvc-Reason"
DETAIL: Final = "Modsvc-Detail"
PLACE: Final = "Modsvc-Place"

Outcome = Literal["decided", "known", "dead"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `place` names it in its topic, the same at each delivery and no other one."""

    topic: str
    place: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    key: bytes | None = None

    @property
    def given_key(self) -> str | None:
        """What its producer calls it, if anything."""
        wanted = IDEMPOTENCY_KEY.lower()
        found = (value for name, value in self.headers.items() if name.lower() == wanted)
        return next(found, None) or None

    @property
    def identity(self) -> str:
        """64 characters: the same for the same message, however often it comes."""
        named = self.given_key
        name = f"place\0{self.place}" if named is None else f"key\0{named}"
        return hashlib.sha256(f"{self.topic}\0{name}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """What is published for a message; `identity` is that message's."""

    outcome: Outcome
    topic: str
    body: bytes
    headers: Mapping[str, str]
    identity: str
    key: bytes | None = None
