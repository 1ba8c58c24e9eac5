"""Idempotency keys are kept as hashes, and the answers of a file are found by its id."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE requests SET key = encode(sha256(convert_to(key, 'UTF8')), 'hex')")
    op.add_column("requests", sa.Column("application_id", sa.UUID()))
    op.execute("UPDATE requests SET application_id = (answer -> 'body' ->> 'application_id')::uuid")
    op.create_index("requests_application", "requests", ["application_id"], unique=False)


def downgrade() -> None:
    op.drop_index("requests_application", table_name="requests")
    op.drop_column("requests", "application_id")
