"""The record of what happened: appended, chained, sealed; never changed.

In: something that happened, within the transaction that makes it so. Out: an `Event` whose
hash anyone can check, whose seal (HMAC under the secret key) only a key holder can make, and a
sealed head that says how long the record is. The hash is made in two steps, each SHA-256 over
canonical JSON: of the event's own fields, and of that, its number and the hash before it. So
the links of the chain can be shown to others without what the events say; an event's id has
62 random bits, so that nobody can guess its fields from their hash. `data` must hold ids, names
and numbers, never anyone's words: words can be erased, events cannot. Checking all of it is left
to `modsvc.store.verify`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.errors import ChainBroken
from modsvc.store.columns import new_id, utc_text, utcnow
from modsvc.store.keys import Keys, keys_of
from modsvc.store.tables import ChainHead, Event

#: The actor of what nobody asked for, such as retention.
SYSTEM: Final = "system"

#: What the first event has as the hash before it.
GENESIS: Final = "0" * 64

HEAD_ID: Final = 1

#: The purposes of the seals; an event's must not pass for a head's.
EVENT_SEAL: Final = "event"
HEAD_SEAL: Final = "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event to be: what happened, by whom, to which content or review item."""

    kind: str
    actor: str
    content: str | None = None
    item: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def append(
    session: Session,
    kind: str,
    *,
    actor: str,
    content: str | None = None,
    item: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Record one event; it is kept if and only if the session's transaction is.

    `session` must come from `Database.transaction` or a `Writer`. Raises ChainBroken when
    the head was tampered with, ValueError when `data` is not JSON.
    """
    happening = Happening(kind=kind, actor=actor, content=content, item=item, data=dict(data or {}))
    return append_all(session, [happening])[0]


def append_all(session: Session, happenings: Sequence[Happening]) -> list[Event]:
    """Record several events, in order; see `append`."""
    # What they refer to has to be there first: the mapper does not know the order of tables.
    session.flush()
    head = check_head(session)
    keys = keys_of(session)
    made = []
    for happening in happenings:
        event = _link(happening, head)
        event.mac = keys.seal(EVENT_SEAL, event.hash)
        session.add(event)
        head.seq, head.hash = event.seq, event.hash
        made.append(event)
    head.mac = keys.seal(HEAD_SEAL, _head_message(head.seq, head.hash))
    return made


def seed(session: Session) -> None:
    """Begin the chain of a new database; a chain that has begun is left alone."""
    begun = session.get(ChainHead, HEAD_ID) is not None
    if begun or session.scalar(select(Event.seq).limit(1)) is not None:
        return
    mac = keys_of(session).seal(HEAD_SEAL, _head_message(0, GENESIS))
    session.add(ChainHead(id=HEAD_ID, seq=0, hash=GENESIS, mac=mac))


def check_head(session: Session) -> ChainHead:
    """The chain's head, whose seal holds. Raises ChainBroken."""
    # Within one transaction nobody else can move it, so the session's own copy is the truth.
    head = session.get(ChainHead, HEAD_ID)
    if head is None:
        raise ChainBroken("The head of the event chain is missing: run `modsvc db verify-log`.")
    if not head_is_sealed(keys_of(session), head):
        raise ChainBroken(
            "The head of the event chain was tampered with, or sealed under another "
            "MODSVC_SECRET_KEY: set the key that this database was made with, or run "
            "`modsvc db verify-log`."
        )
    return head


def of_content(session: Session, content: str) -> list[Event]:
    """The events of one content version (its `Content.id`), in order."""
    return list(session.scalars(select(Event).where(Event.content == content).order_by(Event.seq)))


def head_is_sealed(keys: Keys, head: ChainHead) -> bool:
    """Whether a holder of the key wrote this head."""
    return keys.sealed(HEAD_SEAL, _head_message(head.seq, head.hash), head.mac)


def fields_sha256(event: Event) -> str:
    """The hash of what an event says, whatever its place in the chain."""
    fields = {
        "actor": event.actor,
        "at": utc_text(event.at),
        "content": event.content,
        "data": event.data,
        "id": event.id,
        "item": event.item,
        "kind": event.kind,
    }
    return sha256(canonical(fields))


def unnumbered(event: Event) -> str:
    """What `hash` is over, up to the number; the number and a brace follow."""
    return _unnumbered(fields_sha256(event), event.prev_hash)


def link_sha256(fields: str, prev_hash: str, seq: int) -> str:
    """The hash of the event `seq` whose fields have the hash `fields`."""
    return sha256(f"{_unnumbered(fields, prev_hash)}{seq}}}")


def canonical(value: Mapping[str, Any]) -> str:
    """The one way to write `value` as JSON. Raises ValueError or TypeError if there is none."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _link(happening: Happening, head: ChainHead) -> Event:
    event = Event(
        seq=head.seq + 1,
        id=new_id(),
        at=utcnow(),
        kind=happening.kind,
        content=happening.content,
        item=happening.item,
        actor=happening.actor,
        # As it will be read back: with text for keys, and lists for tuples.
        data=json.loads(canonical(happening.data)),
        prev_hash=head.hash,
        hash="",
        mac="",
    )
    event.hash = link_sha256(fields_sha256(event), head.hash, event.seq)
    return event


def _unnumbered(fields: str, prev_hash: str) -> str:
    # Canonical JSON: sorted keys, no spaces, ASCII; `seq` sorts last.
    return f'{{"fields":"{fields}","prev_hash":"{prev_hash}","seq":'


def _head_message(seq: int, digest: str) -> str:
    return f"{seq} {digest}"
