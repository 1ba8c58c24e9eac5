"""The key of a file stands beside its facts, and goes with them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("facts", sa.Column("figures_key", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("facts", "figures_key")
