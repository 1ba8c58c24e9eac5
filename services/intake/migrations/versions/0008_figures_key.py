"""A key for each file, under which longer-lived topics keep its figures. Files of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("applications", sa.Column("figures_key", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("applications", "figures_key")
