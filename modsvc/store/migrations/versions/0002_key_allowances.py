"""What a key may have: rate, quota, decimals, spans."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the step."""
    with op.batch_alter_table("api_key") as batch:
        batch.add_column(sa.Column("rate", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("quota", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("decimals", sa.Integer(), nullable=True))
        batch.add_column(
            sa.Column("spans", sa.Boolean(), nullable=False, server_default=sa.false())
        )
