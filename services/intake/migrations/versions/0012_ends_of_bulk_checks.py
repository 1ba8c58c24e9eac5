"""Webhooks hear of the end of a file of persons: a row among the changes that the feed does not show."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("changes", sa.Column("bulk_check", JSONB(), nullable=True))


def downgrade() -> None:
    op.execute(
        "DELETE FROM deliveries USING changes WHERE changes.position = deliveries.position AND bulk_check IS NOT NULL"
    )
    op.execute("DELETE FROM changes WHERE bulk_check IS NOT NULL")
    op.drop_column("changes", "bulk_check")
