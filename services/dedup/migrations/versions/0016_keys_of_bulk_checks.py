"""A file of persons sent again under its idempotency key is the same file."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bulk_checks", sa.Column("key", sa.Text(), nullable=True))
    op.add_column("bulk_checks", sa.Column("fingerprint", sa.Text(), nullable=False, server_default=""))
    op.create_index("bulk_checks_key", "bulk_checks", ["caisse", "agent", "key"], unique=True)


def downgrade() -> None:
    op.drop_index("bulk_checks_key", "bulk_checks")
    op.drop_column("bulk_checks", "fingerprint")
    op.drop_column("bulk_checks", "key")
