"""Alarms of the watch on drift are found without reading all other events."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the step."""
    only = sa.text("kind = 'drift_alarm'")
    op.create_index("ix_event_drift", "event", ["at"], sqlite_where=only, postgresql_where=only)
