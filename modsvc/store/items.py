"""Review items: what the record of events holds of them.

In: an `Item` as a write transaction leaves it. Out: what an event about it vouches for, so that
`verify` notices an item, or what was resolved of it, that was altered. Who holds it, and until
when, is of the moment and not part of it. Handing out and resolving are left to `modsvc.review`.
"""

from typing import Any, Final

from sqlalchemy.orm import Session

from modsvc.store import events
from modsvc.store.columns import utc_text
from modsvc.store.keys import Keys, keys_of
from modsvc.store.tables import Item

#: Where an event's `data` holds the hash.
RECORD: Final = "item_sha256"

_HELD: Final = frozenset({"lease_owner", "lease_until", "note", "state"})


def vouched(session: Session, item: Item) -> dict[str, str]:
    """For the `data` of an event: the item is now as it is to stay until the next such event."""
    return {RECORD: record_sha256(keys_of(session), item)}


def record_sha256(keys: Keys, item: Item) -> str:
    """A hash of all that lasts of an item."""
    return events.sha256(events.canonical(_record(keys, item)))


def _record(keys: Keys, item: Item) -> dict[str, Any]:
    names = {column.name for column in Item.__table__.columns} - _HELD
    fields = {name: getattr(item, name) for name in names}
    moments = {name: utc_text(fields[name]) for name in ("created_at", "resolved_at")}
    # A keyed hash: a plain one would let others test guesses of what was noted.
    note = keys.text_sha256(item.note)
    # What SQLite hands back of an UPDATE has whole numbers of such a column as integers.
    severity = float(item.severity)
    return {
        **fields,
        **moments,
        "note": note,
        "severity": severity,
        "resolved": item.state == "resolved",
    }
