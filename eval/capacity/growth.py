"""How much a database grows for a million decisions.

In: a model, texts, an empty database. Out: bytes by table, indexes with them. A real service takes
the texts in by `POST /v1/content`, so that every row is there that a decision brings: the content
with its text, the decision, its events, the item of the queue where one is made.
"""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from eval.bench.texts import POOL_FILE
from eval.capacity.cost import MILLION
from eval.errors import EvalError
from eval.load import record
from eval.load.service import Service
from eval.load.texts import stream

_BATCH: Final = 100

_SQLITE: Final = """
    SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize)
    FROM dbstat s LEFT JOIN sqlite_master m ON m.name = s.name GROUP BY 1
"""
_POSTGRESQL: Final = """
    SELECT relname, pg_total_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Growth:
    """What `decisions` on different texts added; `flagged` of them went to the queue."""

    decisions: int
    flagged: int
    characters: int
    bytes_by_table: dict[str, int]

    @property
    def million(self) -> int:
        """Bytes that a million such decisions take."""
        return sum(self.bytes_by_table.values()) * MILLION // self.decisions

    def render(self) -> str:
        """One line a table, the largest first."""
        ordered = sorted(self.bytes_by_table.items(), key=lambda one: -one[1])
        lines = [
            f"{name:16} {size / self.decisions:8.0f} bytes a decision"
            for name, size in ordered
            if size > 0
        ]
        length = self.characters / self.decisions
        lines.append(
            f"{self.decisions} decisions, {self.flagged} in the queue, {length:.0f} characters a "
            f"text: {self.million / 1e9:.2f} GB for a million"
        )
        return "\n".join(lines)


def measure(model: Path, texts: int, database_url: str | None, folder: Path) -> Growth:
    """Have `texts` texts decided and kept. Raises EvalError where the database is not empty."""
    folder.mkdir(parents=True, exist_ok=True)
    service = Service(model, folder, database_url)
    engine = record.open_engine(service.database_url)
    try:
        if not record.is_empty(engine):
            raise EvalError("the database holds texts already: name an empty one")
        key = service.command("key", "add", "growth", "--scope", "ingest").strip()
        with engine.connect() as connection:
            before = _sizes(connection)
        service.start()
        service.wait()
        sent = _send(service, key, texts)
        service.stop()
        with engine.connect() as connection:
            after = _sizes(connection)
            [flagged] = connection.execute(text("SELECT count(*) FROM item")).scalars()
    finally:
        service.stop()
        engine.dispose()
    grown = {name: size - before.get(name, 0) for name, size in after.items()}
    return Growth(texts, flagged, sent, grown)


def _send(service: Service, key: str, texts: int) -> int:
    """The characters of all texts, which the service has taken."""
    numbered = enumerate(islice(stream(POOL_FILE, seed=1), texts))
    characters = 0
    while batch := list(islice(numbered, _BATCH)):
        items = [{"content_id": str(number), "text": one} for number, one in batch]
        service.post("/v1/content", {"items": items}, key)
        characters += sum(len(one) for _, one in batch)
    return characters


def _sizes(connection: Connection) -> dict[str, int]:
    """Bytes of each table with its indexes."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        query = _SQLITE
    else:
        query = _POSTGRESQL
    return {str(name): int(size) for name, size in connection.execute(text(query))}
