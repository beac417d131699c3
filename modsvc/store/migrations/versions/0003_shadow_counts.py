"""What a model in the shadow would have decided otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the step."""
    op.create_table(
        "shadow_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("active", sa.String(length=255), nullable=False),
        sa.Column("candidate", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("more", sa.Integer(), nullable=False),
        sa.Column("fewer", sa.Integer(), nullable=False),
        sa.Column("difference", sa.Double(), nullable=False),
        sa.Column("histogram", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "active", "candidate", "language", name=op.f("pk_shadow_count")
        ),
    )
