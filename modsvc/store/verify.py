"""Checking the whole record: the event chain, and the rows that its events vouch for.

In: a session that sees one moment (`Database.reading`). Out: a `Fault` for everything that
is not as it was written. What nothing inside a database can show is that all of it was put
back to an earlier state: keep a head elsewhere and give it back as the `anchor`.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, Self

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from modsvc.errors import InputError
from modsvc.store import contents, decisions, erasure, events, items, policies
from modsvc.store.chain import Fault, Walk
from modsvc.store.keys import Keys, keys_of
from modsvc.store.tables import ChainHead, Content, Decision, Event, Item, PolicyVersion

#: Rows fetched at a time.
_CHUNK: Final = 1000


class Head(NamedTuple):
    """How far the record goes: the last event's number and hash; written `SEQ:HASH`."""

    seq: int
    hash: str

    @classmethod
    def parse(cls, written: str) -> Self:
        """Raises InputError when it is not written so."""
        seq, _, digest = written.strip().partition(":")
        if not (seq.isascii() and seq.isdecimal() and digest):
            raise InputError("Write a head as it was printed: a number, a colon and a hash.")
        return cls(int(seq), digest)

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def head(session: Session) -> Head:
    """The head of the chain, to be kept elsewhere. Raises ChainBroken."""
    row = events.check_head(session)
    return Head(row.seq, row.hash)


def verify(session: Session, anchor: Head | None = None) -> Iterator[Fault]:
    """Every fault, first those of the chain; nothing when all is as it was written.

    With an `anchor` the chain must still pass through that head.
    """
    last = session.get(ChainHead, events.HEAD_ID)
    highest = session.scalar(select(func.max(Event.seq))) or 0
    walk = Walk(keys_of(session), max(highest, last.seq if last else 0))
    rows = select(Event).order_by(Event.seq).execution_options(yield_per=_CHUNK)
    for event in session.scalars(rows):
        walk.step(event)
    yield from walk.finish(last)
    if anchor is not None and anchor.seq > 0:
        yield from _anchor(session, anchor)
    yield from _contents(session)
    yield from _decisions(session)
    yield from _items(session)
    yield from _policies(session)


def _anchor(session: Session, anchor: Head) -> Iterator[Fault]:
    found = session.scalar(select(Event.hash).where(Event.seq == anchor.seq))
    if found is None:
        yield Fault(anchor.seq, "truncated", "the chain does not reach the head that was kept")
    elif found != anchor.hash:
        yield Fault(anchor.seq, "edited", "the chain does not pass through the head that was kept")


def _contents(session: Session) -> Iterator[Fault]:
    said = aliased(Event)
    is_erased = exists().where(said.content == Event.content, said.kind == erasure.ERASED)
    vouched = (
        select(Event.seq, Event.content, Event.data, Content, is_erased)
        .outerjoin(Content, Content.id == Event.content)
        .where(Event.kind == contents.RECEIVED)
        .order_by(Event.seq)
        .execution_options(yield_per=_CHUNK)
    )
    keys = keys_of(session)
    for seq, name, data, content, erased in session.execute(vouched):
        wrong = _wrong_content(keys, content, data.get("record_sha256"), erased)
        if wrong is not None:
            yield Fault(seq, "content", f"content {name} {wrong}")
    received = exists().where(Event.content == Content.id, Event.kind == contents.RECEIVED)
    for name in session.scalars(select(Content.id).where(~received).order_by(Content.id)):
        yield Fault(0, "content", f"content {name} was never received")


def _wrong_content(
    keys: Keys, content: Content | None, record_sha256: object, erased: bool
) -> str | None:
    if content is None:
        return "is missing"
    if contents.record_sha256(content) != record_sha256:
        return "is not as it was received"
    words = (content.text, content.text_sha256), (content.parent_text, content.parent_sha256)
    if any(text is not None and keys.text_sha256(text) != digest for text, digest in words):
        return "has other words than were received"
    lost = any(text is None and digest is not None for text, digest in words)
    if lost and not erased:
        return "lost its words without being erased"
    if erased and not (content.text is None and content.parent_text is None):
        return "has words although it was erased"
    return None


def _decisions(session: Session) -> Iterator[Fault]:
    name = Event.data["decision"].as_string()
    vouched = (
        select(Event.seq, name, Event.data, Decision)
        .outerjoin(Decision, Decision.id == name)
        .where(Event.kind == decisions.DECIDED)
        .order_by(Event.seq)
        .execution_options(yield_per=_CHUNK)
    )
    for seq, decision_id, data, decision in session.execute(vouched):
        if decision is None:
            yield Fault(seq, "decision", f"decision {decision_id} is missing")
        elif decisions.record_sha256(decision) != data.get("record_sha256"):
            yield Fault(seq, "decision", f"decision {decision_id} is not as it was made")
    made = exists().where(
        Event.content == Decision.content, Event.kind == decisions.DECIDED, name == Decision.id
    )
    for decision_id in session.scalars(select(Decision.id).where(~made).order_by(Decision.id)):
        yield Fault(0, "decision", f"decision {decision_id} was never made")


def _items(session: Session) -> Iterator[Fault]:
    digest = Event.data[items.RECORD].as_string()
    last = (
        select(Event.item, func.max(Event.seq).label("seq"))
        .where(Event.item.is_not(None), digest.is_not(None))
        .group_by(Event.item)
        .subquery()
    )
    vouched = (
        select(Event.seq, digest, Item)
        .join(last, last.c.seq == Event.seq)
        .join(Item, Item.id == last.c.item)
        .order_by(Event.seq)
        .execution_options(yield_per=_CHUNK)
    )
    keys = keys_of(session)
    for seq, record_sha256, item in session.execute(vouched):
        if items.record_sha256(keys, item) != record_sha256:
            yield Fault(seq, "item", f"item {item.id} is not as it was left")
    missing = (
        select(func.min(Event.seq), Event.item)
        .outerjoin(Item, Item.id == Event.item)
        .where(Event.item.is_not(None), Item.id.is_(None))
        .group_by(Event.item)
        .order_by(func.min(Event.seq))
    )
    for seq, name in session.execute(missing):
        yield Fault(seq, "item", f"item {name} is missing")
    told = exists().where(Event.item == Item.id, digest.is_not(None))
    resolved = or_(Item.state == "resolved", Item.resolution.is_not(None))
    for name in session.scalars(select(Item.id).where(resolved, ~told).order_by(Item.id)):
        yield Fault(0, "item", f"item {name} was never resolved")


def _policies(session: Session) -> Iterator[Fault]:
    rows = {row.version: row for row in session.scalars(select(PolicyVersion))}
    version = Event.data["version"].as_string()
    query = select(Event.seq, version, Event.data).order_by(Event.seq)
    drafted = session.execute(query.where(Event.kind == policies.DRAFTED)).all()
    for seq, name, data in drafted:
        if name not in rows:
            yield Fault(seq, "policy", f"policy {name} is missing")
        elif events.sha256(rows[name].document) != data.get("document_sha256"):
            yield Fault(seq, "policy", f"policy {name} is not as it was drafted")
    for name in sorted(rows.keys() - {name for _, name, _ in drafted}):
        yield Fault(0, "policy", f"policy {name} was never drafted")
    choices = Event.kind.in_((policies.ACTIVATED, policies.ROLLED_BACK))
    chosen = session.execute(query.where(choices)).all()[-1:]
    holds = [name for name, row in rows.items() if row.state == "active"]
    if holds != [name for _, name, _ in chosen]:
        seq = chosen[0].seq if chosen else 0
        yield Fault(seq, "policy", "another policy is active than was chosen last")
