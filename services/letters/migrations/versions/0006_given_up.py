"""Letters that could not be drawn are counted often: an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("documents_failed", "documents", ["letter_id"], postgresql_where=sa.text("error <> ''"))


def downgrade() -> None:
    op.drop_index("documents_failed", table_name="documents")
