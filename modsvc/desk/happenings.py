"""Events in words: what happened, and who did it.

In: kinds and actors of events. Out: English words by kind, marked for translation, and the names
of people and keys. Kinds that stand nowhere here are shown as they are.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.desk.catalogues import N_
from modsvc.store.tables import Account, ApiKey

HAPPENED: Final[dict[str, str]] = {
    "received": N_("The text was received"),
    "decided": N_("The policy decided"),
    "flagged": N_("It was put into the queue"),
    "claimed": N_("Somebody took an item"),
    "released": N_("An item was given back"),
    "upheld": N_("A reviewer found a violation"),
    "overturned": N_("A reviewer found no violation"),
    "escalated": N_("A reviewer passed it on"),
    "undone": N_("A resolution was taken back"),
    "appealed": N_("Somebody appealed"),
    "appeal.resolved": N_("An appeal ended"),
    "erased": N_("The words were erased"),
    "note_erased": N_("A reviewer's note was erased"),
    "record.opened": N_("Somebody opened the record, with the words"),
    "exported": N_("The case was exported as evidence"),
    "drift_alarm": N_("With this text it was clear that something has moved"),
}

#: Why words were erased.
ERASED_FOR: Final[dict[str, str]] = {
    "content": N_("somebody asked for this text"),
    "author": N_("somebody asked for all texts of the author"),
    "retention": N_("its days were over"),
}


def names(session: Session, actors: Iterable[str | None]) -> dict[str, str]:
    """The names of those of these actors who are accounts or API keys."""
    asked = {actor for actor in actors if actor is not None}
    found: dict[str, str] = {}
    for kind in (Account, ApiKey):
        rows = session.execute(select(kind.id, kind.name).where(kind.id.in_(asked)))
        found.update({row.id: row.name for row in rows})
    return found
