"""What is to be decided later is kept at once, and put in line.

In: requests as they came, as parts of one transaction (`modsvc.store.writer`). Out: what each is
answered: which version a text is, and that it waits; or what was decided, where it is known. All
of a request is kept or nothing. Deciding on what waits is left to `modsvc.ingest.later`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from modsvc.errors import IdempotencyMismatch
from modsvc.ingest.requests import Once, Taken, each_once
from modsvc.ingest.rows import known_answers
from modsvc.store import contents, waiting, wire
from modsvc.store.contents import Draft


class Arrival(NamedTuple):
    """One request: its texts, who sent it, and how it is recognised if it comes again."""

    drafts: Sequence[Draft]
    actor: str
    once: Once | None


def accept(session: Session, arrivals: list[Arrival]) -> list[list[Taken] | IdempotencyMismatch]:
    """Keep requests, in order; a key that came with another request is that one's error."""
    return each_once(session, arrivals, lambda fresh: _accept(session, fresh))


def _accept(session: Session, arrivals: list[Arrival]) -> list[list[Taken]]:
    puts = contents.put_all(
        session, [(draft, one.actor) for one in arrivals for draft in one.drafts]
    )
    waiting.add(session, [put.content.id for put in puts if put.created])
    known = known_answers(session, [put.content for put in puts if not put.created])
    answers = (known.get(put.content.id) or wire.undecided_json(put.content) for put in puts)
    return [[Taken(next(answers), None) for _ in one.drafts] for one in arrivals]
