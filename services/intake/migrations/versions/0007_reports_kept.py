"""Which imports still have the report of their rows, so that forgetting reads those alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("imports", sa.Column("report_kept", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_index("imports_report", "imports", ["changed_at"], postgresql_where=sa.text("report_kept"))


def downgrade() -> None:
    op.drop_index("imports_report", "imports")
    op.drop_column("imports", "report_kept")
