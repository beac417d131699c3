"""Is a case as it was written? The same checks with the service's key and without.

In: the rows of a `Case`, and the links between its events if there are any. Out: a `Problem`
for each that does not fit. Every hash of an event or link is made again, and must follow the
one before it; without links only where that one is part of the case. Contents and decisions
must have the hashes that their events hold. With the key, seals and the keyed hashes of the
words are checked too.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from modsvc.accountability.case import Case
from modsvc.accountability.links import Link
from modsvc.store import contents, decisions, erasure, events
from modsvc.store.keys import Keys
from modsvc.store.tables import Content, Event


class Problem(NamedTuple):
    """What is not as it was: where (a file, a row), and in words what is wrong."""

    where: str
    what: str


def check(
    case: Case, keys: Keys | None = None, links: Sequence[Link] | None = None
) -> Iterator[Problem]:
    """Everything that does not fit; nothing when all does. `links` of None are not asked for."""
    yield from _events(case, keys)
    yield from _chain(case, links)
    yield from _contents(case)
    yield from _decisions(case)
    if keys is not None:
        for content in case.contents:
            yield from _words(content, keys)


def _events(case: Case, keys: Keys | None) -> Iterator[Problem]:
    for event in case.events:
        made = events.link_sha256(events.fields_sha256(event), event.prev_hash, event.seq)
        if made != event.hash:
            yield Problem(_name(event), "is not as it was written")
        elif keys is not None and not keys.sealed(events.EVENT_SEAL, event.hash, event.mac):
            yield Problem(_name(event), "was not sealed by this service")
    for before, after in pairwise(case.events):
        if after.seq <= before.seq:
            yield Problem(_name(after), f"stands after event {before.seq}")


def _chain(case: Case, links: Sequence[Link] | None) -> Iterator[Problem]:
    """Does each follow the one before it, as far as that one is there?"""
    along: list[Event | Link] = [*case.events, *(links or ())]
    along.sort(key=lambda one: one.seq)
    for before, after in pairwise(along):
        if after.seq <= before.seq:
            continue
        if after.seq > before.seq + 1:
            if links is not None:
                yield Problem(f"event {before.seq + 1}", "is missing")
        elif not _follows(before.hash, after):
            yield Problem(_name(after), "was not written after the event before it")


def _follows(prev_hash: str, after: Event | Link) -> bool:
    if isinstance(after, Event):
        return after.prev_hash == prev_hash
    return events.link_sha256(after.fields, prev_hash, after.seq) == after.hash


def _contents(case: Case) -> Iterator[Problem]:
    vouched = {
        event.content: event.data.get("record_sha256")
        for event in case.events
        if event.kind == contents.RECEIVED
    }
    for content in case.contents:
        if content.id not in vouched:
            yield Problem(f"version {content.version}", "has no event of its receipt")
        elif contents.record_sha256(content) != vouched[content.id]:
            yield Problem(f"version {content.version}", "is not as it was received")
    erased = {event.content for event in case.events if event.kind == erasure.ERASED}
    for content in case.contents:
        if content.id in erased and content.text is not None:
            yield Problem(f"version {content.version}", "has words although it was erased")


def _decisions(case: Case) -> Iterator[Problem]:
    known = {decision.id: decision for decision in case.decisions}
    about = {content.id for content in case.contents}
    vouched = {
        event.data.get("decision"): event.data.get("record_sha256")
        for event in case.events
        if event.kind == decisions.DECIDED and event.content in about
    }
    for name in sorted(str(name) for name in vouched.keys() - known.keys()):
        yield Problem(f"decision {name}", "is missing")
    for decision in case.decisions:
        if decision.id not in vouched:
            yield Problem(f"decision {decision.id}", "has no event")
        elif decisions.record_sha256(decision) != vouched[decision.id]:
            yield Problem(f"decision {decision.id}", "is not as it was made")


def _words(content: Content, keys: Keys) -> Iterator[Problem]:
    for name, words, digest in (
        ("text", content.text, content.text_sha256),
        ("parent", content.parent_text, content.parent_sha256),
    ):
        if words is not None and keys.text_sha256(words) != digest:
            yield Problem(f"version {content.version}", f"has another {name} than was received")


def _name(event: Event | Link) -> str:
    return f"event {event.seq}"
