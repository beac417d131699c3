"""What Alembic runs: the steps that are missing, on the connection that it was given."""

from typing import Any, Literal

from alembic import context

from modsvc.store.columns import UtcDateTime, Words
from modsvc.store.tables import metadata


def render_item(kind: str, item: Any, _autogen: object) -> str | Literal[False]:
    """Steps must not change with the program: they name plain column types."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Words):
        return "sa.Text()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render_item,
    # SQLite changes a table by making it anew.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
