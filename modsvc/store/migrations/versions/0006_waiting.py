"""Texts that were accepted and are to be decided on."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the step."""
    op.create_table(
        "waiting",
        sa.Column("content", sa.String(length=36), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["content"], ["content.id"], name=op.f("fk_waiting_content")),
        sa.PrimaryKeyConstraint("content", name=op.f("pk_waiting")),
    )
