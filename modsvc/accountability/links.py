"""The links of the event chain between the events of one case, without what they say.

In: a session, or lines of a package. Out: `Link`s: an event's number, the hash of its fields and
its own hash, which follows from those and the hash before it. So whoever has a case's events and
the links between them sees the chain unbroken, and learns of other cases nothing but how many
events there were. Checking them is left to `case_checks`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.accountability.package import line
from modsvc.errors import AccountabilityError
from modsvc.store import events
from modsvc.store.tables import Event

#: A package may have so many links, of some 160 bytes each.
MAX_LINKS: Final = 250_000

#: Rows fetched at a time.
_CHUNK: Final = 1000


class Link(NamedTuple):
    """One event, as far as the chain goes: `fields` is the hash of what it says."""

    seq: int
    fields: str
    hash: str


def check_number(first: int, last: int) -> None:
    """Raise AccountabilityError where there are too many events between two numbers."""
    if last - first > MAX_LINKS:
        raise AccountabilityError(
            f"There are {last - first} events between the case's first and this export, and a "
            f"package has the links of at most {MAX_LINKS}: export it without links."
        )


def between(session: Session, own: Sequence[Event]) -> Iterator[Link]:
    """The links from the first to the last of these events that are not among them."""
    numbers = {event.seq for event in own}
    rows = (
        select(Event)
        .where(Event.seq >= min(numbers), Event.seq <= max(numbers))
        .order_by(Event.seq)
        .execution_options(yield_per=_CHUNK)
    )
    for event in session.scalars(rows):
        if event.seq not in numbers:
            yield Link(event.seq, events.fields_sha256(event), event.hash)


def written(links: Iterable[Link]) -> bytes:
    """A line of JSON each."""
    return b"".join(line(link._asdict()) for link in links)


def read(data: bytes) -> list[Link]:
    """The links that were written. Raises KeyError, TypeError or ValueError for anything else."""
    return [_link(json.loads(one)) for one in data.splitlines()]


def _link(found: dict[str, Any]) -> Link:
    link = Link(found["seq"], found["fields"], found["hash"])
    if not isinstance(link.seq, int):
        raise TypeError("the number of a link is an integer")
    return link
