"""The watch at work: what was decided since the last look goes by, and alarms go on record.

In: a database, a reference, and a file that says how far the last look came. Out: alarms as events
(`modsvc.drift.alarms`), round after round. One process is enough for any number of services on
the database; the rule of what an alarm is, is left to `modsvc.drift.watch`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from modsvc.drift import alarms, sights
from modsvc.drift.reference import Reference
from modsvc.drift.signals import Alarm, Sight
from modsvc.drift.watch import Watch
from modsvc.store.columns import utcnow
from modsvc.store.database import Database

#: How far the last look came is kept in this file of the data folder.
SEEN_FILE: Final = "drift-seen"

#: So many decisions before it are looked at again at the start, without alarms: what was on its
#: way to one goes on.
AGAIN: Final = 5_000

#: Decisions so young are left for the next look: another process may still commit older ones.
_SETTLED: Final = timedelta(seconds=5)


class Looked(NamedTuple):
    """One look: how many decisions were new, and the alarms that were told."""

    decisions: int
    told: list[Alarm]


class Follower:
    """Follows one database."""

    def __init__(self, database: Database, reference: Reference, seen_file: Path) -> None:
        """Goes on where the last one stopped; a first one begins where the reference ends."""
        self._database = database
        self._file = seen_file
        self._watch = Watch(reference, database.keys.word_sha256)
        self._since = reference.until
        self._seen = self._read()
        for _, sight in self._again():
            self._watch.see(sight)

    def look(self, until: datetime | None = None) -> Looked:
        """Let what was decided meanwhile go by; `until` (excluded) is a moment ago by default.

        Raises StoreUnavailable, ChainBroken; go on with a new follower then, because this one has
        seen some of the decisions that the next look begins with.
        """
        until = utcnow() - _SETTLED if until is None else until
        found: list[Alarm] = []
        count, last = 0, self._seen
        for name, sight in sights.after(self._database, self._seen, self._since, until):
            found += self._watch.see(sight)
            count, last = count + 1, name
        told: list[Alarm] = []
        if found:
            with self._database.transaction() as session:
                told = alarms.tell(session, found)
        if last != self._seen:
            self._seen = last
            self._file.write_text(last + "\n", encoding="ascii")
        return Looked(count, told)

    def _again(self) -> Iterator[tuple[str, Sight]]:
        if not self._seen:
            return
        with self._database.reading() as session:
            start = sights.before(session, self._seen, AGAIN)
        for name, sight in sights.after(self._database, start, self._since, utcnow()):
            if name > self._seen:
                return
            yield name, sight

    def _read(self) -> str:
        if not self._file.exists():
            return ""
        return self._file.read_text(encoding="ascii").strip()
